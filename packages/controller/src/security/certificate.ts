import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { isIP, SocketAddress } from 'node:net';
import {
  bitString,
  boolean,
  explicit,
  implicit,
  integer,
  objectId,
  octetString,
  sequence,
  setOf,
  time,
  utf8String,
} from './der.ts';

/** A certificate with its key, as PEM. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

/** How long something is valid. */
export interface Validity {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly days: number;
}

/** Clocks of nodes and clients may be behind ours. */
const CLOCK_SKEW_MS = 300_000;
const DAY_MS = 86_400_000;

const OID = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const;

/** Makes a certificate authority: a P-256 key and a certificate that it has signed itself. */
export function issueAuthority(commonName: string, validity: Validity): Issued {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const subject = nameOf(commonName);
  // Bits 5 and 6: keyCertSign and cRLSign. It signs leaves only.
  const usage = extension(OID.keyUsage, bitString(Buffer.from([0b0000_0110]), 1), true);
  const constraints = extension(OID.basicConstraints, sequence(boolean(true), integer(0)), true);
  const extensions = [constraints, usage, subjectKeyId(publicKey)];
  const parts = { issuer: subject, subject, publicKey, extensions, validity };
  return { certificate: signed(parts, privateKey), key: pemOf(privateKey) };
}

/**
 * Makes a certificate for a server that is a client too, valid for these DNS names and addresses, with a key of its own.
 * @throws Error when the authority's key or certificate cannot be read.
 */
export function issueCertificate(
  authority: Issued,
  wanted: { readonly commonName: string; readonly names: readonly string[]; readonly validity: Validity },
): Issued {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signer = createPrivateKey(authority.key);
  const authorityKey = new X509Certificate(authority.certificate).publicKey;
  const names = sequence(...wanted.names.map(generalName));
  const extensions = [
    extension(OID.basicConstraints, sequence(), true),
    // Bit 0: digitalSignature; all that an ECDSA key does in TLS.
    extension(OID.keyUsage, bitString(Buffer.from([0b1000_0000]), 7), true),
    extension(OID.extendedKeyUsage, sequence(objectId(OID.serverAuth), objectId(OID.clientAuth))),
    extension(OID.subjectAltName, names),
    subjectKeyId(publicKey),
    extension(OID.authorityKeyId, sequence(implicit(0, keyId(authorityKey)))),
  ];
  const issuer = nameOf(commonNameOf(authority.certificate));
  const parts = { issuer, subject: nameOf(wanted.commonName), publicKey, extensions, validity: wanted.validity };
  return { certificate: signed(parts, signer), key: pemOf(privateKey) };
}

interface Parts {
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Buffer[];
  readonly validity: Validity;
}

/** RFC 5280, 4.1: what is certified, by which algorithm, and the signature. */
function signed({ issuer, subject, publicKey, extensions, validity }: Parts, signer: KeyObject): string {
  const algorithm = sequence(objectId(OID.ecdsaWithSha256));
  const { now, days } = validity;
  const serial = randomBytes(16);
  // Positive and without a leading zero, as DER wants its integers.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const certified = sequence(
    explicit(0, integer(2)),
    integer(serial),
    algorithm,
    issuer,
    sequence(time(new Date(now - CLOCK_SKEW_MS)), time(new Date(now + days * DAY_MS))),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions)),
  );
  const der = sequence(certified, algorithm, bitString(sign('sha256', certified, signer)));
  return new X509Certificate(der).toString();
}

function nameOf(commonName: string): Buffer {
  const part = (id: string, text: string): Buffer => setOf(sequence(objectId(id), utf8String(text)));
  return sequence(part(OID.organization, 'Navigator'), part(OID.commonName, commonName));
}

function commonNameOf(certificate: string): string {
  const line = new X509Certificate(certificate).subject.split('\n').find((part) => part.startsWith('CN='));
  if (line === undefined) throw new Error('the certificate of the authority has no common name');
  return line.slice('CN='.length);
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(objectId(id), ...(critical ? [boolean(true)] : []), octetString(value));
}

function subjectKeyId(key: KeyObject): Buffer {
  return extension(OID.subjectKeyId, octetString(keyId(key)));
}

/** RFC 7093, method 1: SHA-256 of the key's bits, cut to 160. */
function keyId(key: KeyObject): Buffer {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest()
    .subarray(0, 20);
}

/** GeneralName: an address as its bytes, everything else as a DNS name. */
function generalName(name: string): Buffer {
  const family = isIP(name);
  return family === 0 ? implicit(2, Buffer.from(name, 'ascii')) : implicit(7, addressBytes(name, family));
}

function addressBytes(address: string, family: number): Buffer {
  if (family === 4) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = inGroups(new SocketAddress({ address, family: 'ipv6' }).address).split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const [before, after] = [groups(head), groups(tail ?? '')];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return Buffer.from([...before, ...zeros, ...after].flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 0xff]));
}

/** The last 32 bits may be written as an IPv4 address: `::ffff:10.0.0.5`. */
function inGroups(address: string): string {
  return address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_whole, ...bytes) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
