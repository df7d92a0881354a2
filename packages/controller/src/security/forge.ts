import { randomBytes } from 'node:crypto';
import { type Issued, issueAuthority, issueCertificate, type Validity } from './certificate.ts';

/** Makes what is secret. The only source of chance in the controller; a laboratory has one without. */
export interface Forge {
  password(): string;
  authority(commonName: string, validity: Validity): Issued;
  /** @throws Error when the authority's key or certificate cannot be read. */
  certificate(authority: Issued, wanted: { commonName: string; names: readonly string[]; validity: Validity }): Issued;
}

/** 144 bits, as 24 characters that need no quoting anywhere. */
const PASSWORD_BYTES = 18;

/** The real one. */
export const forge: Forge = {
  password: () => randomBytes(PASSWORD_BYTES).toString('base64url'),
  authority: issueAuthority,
  certificate: issueCertificate,
};
