import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CERTIFICATE_KEYS, type PilotSecurity, readPassword, ROLES_KEY, SECURITY_PATHS, USER_KEYS } from '@navigator/api-types';
import { messageOf, PilotError } from '../../errors.ts';
import { type FileRealm, type FileUser, problemOfRoles, problemOfUser } from './user-files.ts';

/** A certificate with its key and those who vouch for it, as PEM. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
  /** Empty where the user's Secret has none: a public authority. */
  readonly authority: string;
}

/** What the mounted Secrets say at one moment. */
export interface SecurityMaterial {
  /** By this one nodes know each other. */
  readonly nodes: CertificateFiles;
  /** This one clients see. */
  readonly http: CertificateFiles;
  readonly realm: FileRealm;
  /** What is wrong with Secrets that a node can do without now, and what becomes of them. */
  readonly problems: readonly string[];
}

/** What was read, and what is wrong with what was not taken. */
interface Read<T> {
  readonly value: T;
  readonly problems: readonly string[];
}

/**
 * Reads the mounted Secrets. They may be the user's own, so each is looked at before Elasticsearch gets it: a key that does
 * not fit would keep the node from starting, with a stack trace for an explanation. What is wrong with one keeps no other from
 * being taken in: a user or role is left out; in place of a certificate, or of a password of Navigator's own users, that of
 * `before` stays.
 * @throws PilotError `SecretInvalid` that names the Secret and what is wrong, where there is nothing from before.
 */
export async function readMaterial(root: string, security: PilotSecurity, before?: SecurityMaterial): Promise<SecurityMaterial> {
  const { httpSecret } = security;
  const nodes = await readOr(before?.nodes, async () => await readNodes(root));
  const http =
    httpSecret === undefined
      ? undefined
      : await readOr(before?.http, async () => await readCertificate(join(root, SECURITY_PATHS.http), `"${httpSecret}"`));
  const elastic = await readOr(
    before?.realm.elasticPassword,
    async () => await passwordIn(join(root, SECURITY_PATHS.elastic), 'of the user elastic'),
  );
  const pilot = await readOr(
    before?.realm.pilotPassword,
    async () => await passwordIn(join(root, SECURITY_PATHS.pilot), "of the pilots' user"),
  );
  const users = await readUsers(root, security.userSecrets);
  const roles = await readEach(
    security.roleSecrets,
    async (name) => await readRoles(join(root, SECURITY_PATHS.roles, name), name),
  );
  return {
    nodes: nodes.value,
    http: http?.value ?? nodes.value,
    realm: { elasticPassword: elastic.value, pilotPassword: pilot.value, users: users.value, roles: roles.value },
    problems: [nodes, http, elastic, pilot, users, roles].flatMap((read) => read?.problems ?? []),
  };
}

async function readOr<T>(before: T | undefined, read: () => Promise<T>): Promise<Read<T>> {
  try {
    return { value: await read(), problems: [] };
  } catch (error) {
    if (before === undefined) throw error;
    return { value: before, problems: [`${messageOf(error)}; what was there before stays in use`] };
  }
}

async function readUsers(root: string, secrets: readonly string[]): Promise<Read<readonly FileUser[]>> {
  const names = new Set<string>();
  return await readEach(secrets, async (secret) => {
    const user = await readUser(join(root, SECURITY_PATHS.users, secret), secret);
    if (names.has(user.name)) throw invalid(`"${secret}"`, `the user "${user.name}" stands in another Secret too`);
    names.add(user.name);
    return user;
  });
}

async function readEach<T>(secrets: readonly string[], read: (secret: string) => Promise<T>): Promise<Read<readonly T[]>> {
  const value: T[] = [];
  const problems: string[] = [];
  for (const secret of secrets) {
    try {
      value.push(await read(secret));
    } catch (error) {
      if (!(error instanceof PilotError)) throw error;
      problems.push(`${error.message}; it is left out`);
    }
  }
  return { value, problems };
}

/** Nodes trust whom its authority has signed, and nobody else: without that one, not even themselves. */
async function readNodes(root: string): Promise<CertificateFiles> {
  const secret = "the cluster's own";
  const nodes = await readCertificate(join(root, SECURITY_PATHS.nodes), secret);
  const { authority: ca, certificate: crt } = CERTIFICATE_KEYS;
  if (!isIssuedBy(nodes)) throw invalid(secret, `${ca} has not the authority that has signed ${crt}`);
  return nodes;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Whether one of the authorities has issued the certificate; what cannot be read has not. */
function isIssuedBy({ certificate, authority }: CertificateFiles): boolean {
  const leaf = new X509Certificate(certificate);
  return (authority.match(CERTIFICATE) ?? []).some((text) => {
    try {
      const issuer = new X509Certificate(text);
      return leaf.checkIssued(issuer) && leaf.verify(issuer.publicKey);
    } catch {
      return false;
    }
  });
}

async function readCertificate(folder: string, secret: string): Promise<CertificateFiles> {
  const { certificate: crt, key: keyName, authority: ca } = CERTIFICATE_KEYS;
  const certificate = await readKey(folder, crt, secret);
  const key = await readKey(folder, keyName, secret);
  const authority = await readFile(join(folder, ca), 'utf8').catch(() => '');
  const problem = problemOf(certificate, key);
  if (problem !== undefined) throw invalid(secret, problem);
  return { certificate, key, authority };
}

function problemOf(certificate: string, key: string): string | undefined {
  let parsed: X509Certificate;
  try {
    parsed = new X509Certificate(certificate);
  } catch (error) {
    return `${CERTIFICATE_KEYS.certificate} is no certificate: ${messageOf(error)}`;
  }
  try {
    // One that is encrypted cannot be read either: nobody could give Elasticsearch the passphrase.
    return parsed.checkPrivateKey(createPrivateKey(key))
      ? undefined
      : `${CERTIFICATE_KEYS.key} does not belong to ${CERTIFICATE_KEYS.certificate}`;
  } catch (error) {
    return `${CERTIFICATE_KEYS.key} is no private key: ${messageOf(error)}`;
  }
}

async function readUser(folder: string, secret: string): Promise<FileUser> {
  const quoted = `"${secret}"`;
  const name = (await readKey(folder, USER_KEYS.username, quoted)).trim();
  const roles = (await readKey(folder, USER_KEYS.roles, quoted)).split(',').map((role) => role.trim());
  const user = { name, password: await passwordIn(folder, quoted), roles: roles.filter((role) => role !== '') };
  const problem = problemOfUser(user);
  if (problem !== undefined) throw invalid(quoted, problem);
  return user;
}

async function readRoles(folder: string, secret: string): Promise<string> {
  const text = await readKey(folder, ROLES_KEY, `"${secret}"`);
  const problem = problemOfRoles(text);
  if (problem !== undefined) throw invalid(`"${secret}"`, problem);
  return text;
}

async function passwordIn(folder: string, secret: string): Promise<string> {
  const read = readPassword(await readKey(folder, USER_KEYS.password, secret));
  if ('problem' in read) throw invalid(secret, read.problem);
  return read.password;
}

async function readKey(folder: string, key: string, secret: string): Promise<string> {
  const text = await readFile(join(folder, key), 'utf8').catch((cause: unknown) => {
    const isAbsent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw invalid(secret, isAbsent ? `it does not exist, or has no key ${key}` : messageOf(cause));
  });
  if (text.trim() === '') throw invalid(secret, `its key ${key} is empty`);
  return text;
}

function invalid(secret: string, problem: string): PilotError {
  return new PilotError('SecretInvalid', `Secret ${secret}: ${problem}`, { retryable: true });
}
