import { CERTIFICATE_KEYS, readPassword, USER_KEYS } from '@navigator/api-types';
import type { Secret } from '@navigator/kube';
import type { Issued } from './certificate.ts';

/** Texts by their keys. */
export type Texts = Readonly<Record<string, string>>;

/** What a Secret shall have. */
export interface Content {
  readonly type: string;
  readonly data: Texts;
  readonly annotations: Texts;
  /** It is there already. */
  readonly isSame?: boolean;
}

/** A Secret of which the content cannot be used. */
export class UnusableError extends Error {}

/** Type of a Secret with a certificate. */
export const TLS = 'kubernetes.io/tls';

/** By this it is known in what state the Secret was read; empty for none. */
export function versionOf(secret: Secret | undefined): { readonly resourceVersion: string } {
  return { resourceVersion: secret?.metadata.resourceVersion ?? '' };
}

/** A certificate with its key, by the keys of a Secret. */
export function pairOf({ certificate, key }: Issued): Texts {
  return { [CERTIFICATE_KEYS.certificate]: certificate, [CERTIFICATE_KEYS.key]: key };
}

/** Empty where there is no such key. */
export function textOf({ data }: Secret, key: string): string {
  return Buffer.from(data?.[key] ?? '', 'base64').toString('utf8');
}

/**
 * Whom clients trust: the cluster's own authorities, and before them the user's, where he has some. Nodes that were not
 * restarted since show what the cluster's own have signed. A Secret without authorities is of a public one, whom clients
 * know by themselves, and would know no more beside a list.
 */
export function trustOf(own: Secret, users: Secret | undefined): string {
  const [ours, theirs] = [own, users].map((secret) => (secret ? textOf(secret, CERTIFICATE_KEYS.authority) : undefined));
  if (theirs === undefined) return ours ?? '';
  return theirs.trim() === '' ? '' : `${theirs.trimEnd()}\n${ours ?? ''}`;
}

/** As the pilots read it: a binding never has what nodes do not accept. */
export function passwordOf(user: Secret): string {
  const read = readPassword(textOf(user, USER_KEYS.password));
  if ('problem' in read) throw unusable(user.metadata.name, read.problem, 'correct it, or delete it');
  return read.password;
}

/** As the API takes it. */
export function encoded(data: Texts): Record<string, string> {
  return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'utf8').toString('base64')]));
}

/** An error that says what to do. */
export function unusable(name: string, why: string, remedy = 'delete it'): UnusableError {
  return new UnusableError(`Secret "${name}" cannot be used: ${why}; ${remedy}, and a new one is made`);
}
