import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { PilotSecurity } from '@navigator/api-types';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SecurityFiles, writeSecurityFiles } from './security-files.ts';
import { AUTHORITY, ONE, TWO } from './test-certificates.ts';

const OWN: Readonly<Record<string, string>> = {
  'nodes/tls.crt': ONE.certificate,
  'nodes/tls.key': ONE.key,
  // As it is while the authority changes: the one that has signed is not the first.
  'nodes/ca.crt': TWO.certificate + AUTHORITY,
  'elastic/password': 'of elastic',
  'pilot/password': 'of the pilots\n',
};
const security: PilotSecurity = { userSecrets: [], roleSecrets: [] };

const NOW = Date.parse('2026-11-21T12:00:00Z');

let folder: string;
let root: string;
let versions = 0;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'navigator-security-'));
  root = join(folder, 'mounted');
  for (const name of ['mounted', 'config', 'tmp']) await mkdir(join(folder, name));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Mounts these files as the kubelet does: a folder for each version, and a link that is turned. */
async function mount(files: Readonly<Record<string, string>>): Promise<void> {
  const version = `..v${(versions += 1)}`;
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, version, name)), { recursive: true });
    await writeFile(join(root, version, name), content);
  }
  await symlink(version, join(root, '..next'));
  await rename(join(root, '..next'), join(root, '..data'));
  for (const name of new Set(Object.keys(files).map((file) => file.split('/')[0] ?? ''))) {
    await rm(join(root, name), { force: true });
    await symlink(join('..data', name), join(root, name));
  }
}

async function started(files = OWN, told = security): Promise<SecurityFiles> {
  await mount(files);
  const secured = new SecurityFiles(told, root);
  await secured.check();
  await secured.render(async (rendered) => await writeSecurityFiles(join(folder, 'config'), rendered));
  return secured;
}

async function refresh(secured: SecurityFiles): Promise<void> {
  await secured.refresh(join(folder, 'config'), join(folder, 'tmp'));
}

async function rendered(name: string): Promise<string> {
  return await readFile(join(folder, 'config', name), 'utf8');
}

test('certificates and users are where the settings look for them', async () => {
  await started();
  expect(await rendered('certs/nodes.crt')).toBe(ONE.certificate);
  expect(await rendered('certs/nodes-ca.crt')).toBe(TWO.certificate + AUTHORITY);
  expect(await rendered('certs/http.key')).toBe(ONE.key);
  expect(await rendered('users')).toMatch(/^elastic:\{PBKDF2\}/);
});

test("clients see the user's own certificate, nodes never do", async () => {
  const mine = { 'http/tls.crt': TWO.certificate, 'http/tls.key': TWO.key };
  await started({ ...OWN, ...mine }, { ...security, httpSecret: 'mine' });
  expect(await rendered('certs/http.crt')).toBe(TWO.certificate);
  expect(await rendered('certs/nodes.crt')).toBe(ONE.certificate);
});

test("the end of the user's certificate is told a week before, and when it has come", async () => {
  const ends = Date.parse('2125-12-08T00:00:00Z');
  const mine = { 'http/tls.crt': TWO.certificate, 'http/tls.key': TWO.key };
  const secured = await started({ ...OWN, ...mine }, { ...security, httpSecret: 'mine' });
  expect(secured.problemAt(ends - 8 * 86_400_000)).toBeUndefined();
  expect(secured.problemAt(ends - 6 * 86_400_000)).toBe('Secret "mine": the certificate ends on 2125-12-08; renew it');
  expect(secured.problemAt(ends)).toContain('has ended');
  expect((await started()).problemAt(ends), "Navigator's own is renewed by itself").toBeUndefined();
});

test('a changed Secret comes in while Elasticsearch runs; what was there before still opens the door', async () => {
  const secured = await started();
  const users = await rendered('users');
  await refresh(secured);
  expect(await rendered('users'), 'nothing is written when nothing has changed').toBe(users);
  await mount({ ...OWN, 'nodes/tls.crt': TWO.certificate, 'nodes/tls.key': TWO.key, 'pilot/password': 'changed' });
  await refresh(secured);
  expect(await rendered('certs/nodes.crt')).toBe(TWO.certificate);
  expect(await rendered('users')).not.toBe(users);
  const logins = secured.access?.authorizations.map((login) =>
    Buffer.from(login.slice('Basic '.length), 'base64').toString('utf8'),
  );
  expect(logins).toEqual(['navigator-pilot:changed', 'navigator-pilot:of the pilots']);
  expect(secured.access?.fingerprints).toHaveLength(2);
});

test('what is wrong is not taken over, and is told until it is mended', async () => {
  const secured = await started();
  await mount({ ...OWN, 'nodes/tls.crt': TWO.certificate });
  await refresh(secured);
  expect(secured.problemAt(NOW)).toBe(
    "Secret the cluster's own: tls.key does not belong to tls.crt; what was there before stays in use",
  );
  expect(await rendered('certs/nodes.crt')).toBe(ONE.certificate);
  await refresh(secured);
  expect(secured.problemAt(NOW)).toBeDefined();
  await mount(OWN);
  await refresh(secured);
  expect(secured.problemAt(NOW)).toBeUndefined();
});

test('what could not be copied is copied when that works again', async () => {
  const secured = await started();
  await mount({ ...OWN, 'nodes/tls.crt': TWO.certificate, 'nodes/tls.key': TWO.key });
  const certs = join(folder, 'config', 'certs');
  await rename(certs, `${certs}-away`);
  await refresh(secured);
  expect(secured.problemAt(NOW)).toContain('ENOENT');
  await rename(`${certs}-away`, certs);
  await refresh(secured);
  expect(secured.problemAt(NOW)).toBeUndefined();
  expect(await rendered('certs/nodes.crt')).toBe(TWO.certificate);
});

const told: PilotSecurity = { httpSecret: 'mine', userSecrets: ['shop'], roleSecrets: ['reader'] };
const theirs = {
  'http/tls.crt': TWO.certificate,
  'http/tls.key': TWO.key,
  'users/shop/username': 'shop',
  'users/shop/password': 'of the shop',
  'users/shop/roles': 'reader, monitoring_user',
  'roles/reader/roles.yml': 'reader:\n  cluster: ["monitor"]\n',
};

/** All Secrets, with these files in place of the right ones. */
function without(wrong: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const files = Object.entries({ ...OWN, ...theirs, ...wrong });
  return Object.fromEntries(files.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

test("the user's users and roles are taken in", async () => {
  await started({ ...OWN, ...theirs }, told);
  expect(await rendered('users_roles')).toContain('reader:shop\nmonitoring_user:shop\n');
  expect(await rendered('roles.yml')).toContain('reader:\n  cluster');
});

test.each([
  [{ 'http/tls.crt': 'no PEM' }, 'Secret "mine": tls.crt is no certificate'],
  [{ 'http/tls.key': 'no PEM' }, 'Secret "mine": tls.key is no private key'],
  [{ 'nodes/ca.crt': undefined }, "Secret the cluster's own: ca.crt has not the authority that has signed tls.crt"],
  [{ 'nodes/ca.crt': TWO.certificate + 'no PEM' }, 'ca.crt has not the authority'],
  [{ 'elastic/password': undefined }, 'Secret of the user elastic: it does not exist'],
  [{ 'elastic/password': 'short\n' }, 'Secret of the user elastic: password must have at least 6 characters'],
])('with %j nothing is started, and the Secret is named', async (wrong, message) => {
  await mount(without(wrong));
  await expect(new SecurityFiles(told, root).check()).rejects.toMatchObject({
    code: 'SecretInvalid',
    message: expect.stringContaining(message),
  });
});

test.each([
  [{ 'users/shop/roles': undefined }, 'Secret "shop": it does not exist, or has no key roles'],
  [{ 'users/shop/username': 'elastic' }, 'Secret "shop": the user "elastic" is Navigator\'s own'],
  [{ 'users/shop/password': '' }, 'Secret "shop": its key password is empty'],
  [{ 'users/shop/password': 'short\n' }, 'Secret "shop": password must have at least 6 characters'],
  [{ 'roles/reader/roles.yml': undefined }, 'Secret "reader": it does not exist, or has no key roles.yml'],
  [{ 'roles/reader/roles.yml': '  cluster: ["all"]' }, 'Secret "reader": roles.yml begins indented'],
])('with %j only that is left out, at the start and later, and the Secret is named', async (wrong, message) => {
  const secured = await started(without(wrong), told);
  expect(secured.problemAt(NOW)).toContain(message);
  expect(secured.problemAt(NOW)).toContain('; it is left out');
  expect(await rendered('users')).toMatch(/^elastic:/);
  const renewed = { 'nodes/tls.crt': TWO.certificate, 'nodes/tls.key': TWO.key };
  await mount({ ...without(wrong), ...renewed });
  await refresh(secured);
  expect(await rendered('certs/nodes.crt'), 'a renewed certificate is taken in all the same').toBe(TWO.certificate);
  await mount(without({}));
  await refresh(secured);
  expect(secured.problemAt(NOW)).toBeUndefined();
  expect(await rendered('users_roles')).toContain('reader:shop\n');
});

test('of two users of one name the second is left out', async () => {
  const twin = { 'users/twin/username': 'shop', 'users/twin/password': 'of another', 'users/twin/roles': 'superuser' };
  const secured = await started({ ...without({}), ...twin }, { ...told, userSecrets: ['shop', 'twin'] });
  expect(secured.problemAt(NOW)).toBe('Secret "twin": the user "shop" stands in another Secret too; it is left out');
  expect(await rendered('users_roles')).toContain('superuser:elastic\n');
});

test.each([
  [{ 'http/tls.key': 'no PEM' }, 'Secret "mine": tls.key is no private key'],
  [{ 'elastic/password': 'short' }, 'Secret of the user elastic: password must have at least 6 characters'],
  [{ 'pilot/password': undefined }, "Secret of the pilots' user: it does not exist"],
])('with %j later on what was there before stays, and everything else is taken in', async (wrong, message) => {
  const secured = await started(without({}), told);
  await mount(without({ 'nodes/tls.crt': TWO.certificate, 'nodes/tls.key': TWO.key, ...wrong }));
  await refresh(secured);
  expect(secured.problemAt(NOW)).toMatch(new RegExp(`^${message}.*; what was there before stays in use$`));
  expect(await rendered('certs/http.key')).toBe(TWO.key);
  expect(await rendered('certs/nodes.crt')).toBe(TWO.certificate);
});
