import { pbkdf2Sync } from 'node:crypto';
import { expect, test } from 'vitest';
import { type FileRealm, hashPassword, problemOfRoles, problemOfUser, renderUserFiles } from './user-files.ts';

const realm: FileRealm = {
  elasticPassword: 'of elastic',
  pilotPassword: 'of the pilots',
  users: [{ name: 'shop', password: 'of the shop', roles: ['reader', 'superuser'] }],
  roles: ['reader:\n  indices:\n    - names: ["shop"]\n      privileges: ["read"]'],
};

/** As Hasher.java of Elasticsearch verifies: count, salt and length of the hash are in the text. */
function isHashOf(password: string, text: string): boolean {
  const [, iterations = '', salt = '', hash = ''] = /^\{PBKDF2\}(\d+)\$([^$]+)\$([^$]+)$/.exec(text) ?? [];
  const bytes = Buffer.from(hash, 'base64').length;
  return (
    bytes === 32 &&
    pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(iterations), bytes, 'sha512').toString('base64') === hash
  );
}

test('a password is hashed as Elasticsearch reads it, each time with another salt', async () => {
  const [one, two] = [await hashPassword('pässwörd'), await hashPassword('pässwörd')];
  expect(one).not.toBe(two);
  expect(isHashOf('pässwörd', one)).toBe(true);
  expect(isHashOf('password', one)).toBe(false);
  expect(one.split('$')[0]).toBe('{PBKDF2}10000');
});

test('users, whose roles they have, and the roles', async () => {
  const files = await renderUserFiles(realm);
  const users = new Map(
    (files['users'] ?? '')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/:(.*)/) as [string, string]),
  );
  expect([...users.keys()]).toEqual(['elastic', 'navigator-pilot', 'shop']);
  expect(isHashOf('of the pilots', users.get('navigator-pilot') ?? '')).toBe(true);
  expect(files['users_roles']).toBe('superuser:elastic,shop\nnavigator_pilot:navigator-pilot\nreader:shop\n');
  expect(files['roles.yml'], 'of two roles of one name the later one counts').toMatch(/\n\nnavigator_pilot:\n {2}cluster:\n/);
  expect(files['roles.yml']).toMatch(/^reader:\n {2}indices:\n/);
  expect(JSON.stringify(files)).not.toContain('of the shop');
});

test('the pilots may read and change no document, and none may act for others', async () => {
  const [own = ''] = ((await renderUserFiles({ ...realm, roles: [] }))['roles.yml'] ?? '').split('\n\n');
  expect(own).not.toMatch(/\ball\b|\bmanage\b|\bread\b|\bwrite\b|manage_security|run_as/);
});

test.each([
  [{ name: 'elastic' }, 'own'],
  [{ name: 'navigator-pilot' }, 'own'],
  [{ name: 'two words' }, 'username'],
  [{ name: 'a:b' }, 'username'],
  [{ name: '' }, 'username'],
  [{ roles: [] }, 'roles'],
  [{ roles: ['a:b'] }, 'a:b'],
])('a user with %j is not taken in', (wrong, word) => {
  expect(problemOfUser({ name: 'shop', roles: ['reader'], ...wrong })).toContain(word);
});

test('a user of another name is taken in', () => {
  expect(problemOfUser({ name: 'shop@example.com', roles: ['reader'] })).toBeUndefined();
});

test.each([
  ['# mine\n\n  cluster: ["all"]\n', 'begins indented'],
  ['\tcluster: ["all"]', 'begins indented'],
  ['reader:\n  cluster: []\nnavigator_pilot:\n  cluster: ["all"]', 'own'],
  ['reader:\r  cluster: []\r"navigator_pilot" :\r  cluster: ["all"]', 'own'],
])('roles %j are not taken in: they would change the role of the pilots, or of another Secret', (text, word) => {
  expect(problemOfRoles(text)).toContain(word);
});

test('other roles are taken in', () => {
  expect(problemOfRoles('# of the shop\nreader:\n  cluster: ["monitor"]\nnavigator_pilot_too:\n  cluster: []\n')).toBeUndefined();
});
