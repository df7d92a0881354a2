import { createPrivateKey, X509Certificate } from 'node:crypto';
import { ANNOTATIONS } from '@navigator/api-types';
import { KubeClient, type KubeObject, type Secret, Secrets } from '@navigator/kube';
import { FakeApiServer, type Faults } from '@navigator/kube/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import type { ObjectProblem } from '../object-problem.ts';
import { forge } from './forge.ts';
import { makeSecrets, type SecretsOutcome } from './make-secrets.ts';
import { planSecrets } from './plan-secrets.ts';
import type { SecretTask, WantedSecrets } from './wanted.ts';

const DAY_MS = 86_400_000;
const START = Date.parse('2026-11-21T12:00:00Z');
const labels = {
  'app.kubernetes.io/managed-by': 'navigator',
  'navigator.dev/cluster': 'demo',
  'navigator.dev/kind': 'ElasticsearchCluster',
};
const owner = {
  apiVersion: 'navigator.dev/v1alpha1',
  kind: 'ElasticsearchCluster',
  name: 'demo',
  uid: 'uid-demo',
  controller: true,
};
const metadata = { namespace: 'shop', labels, ownerReferences: [owner] };
const wanted: WantedSecrets = {
  authority: { name: 'es-demo-ca', commonName: 'es-demo-ca' },
  certificate: { name: 'es-demo-certs', commonName: 'es-demo-nodes', names: ['localhost'] },
  users: [{ name: 'es-demo-elastic', username: 'elastic' }],
  binding: {
    name: 'es-demo-binding',
    type: 'elasticsearch',
    host: 'es-demo-http.shop.svc',
    port: 9200,
    user: 'es-demo-elastic',
    username: 'elastic',
  },
};

let server: FakeApiServer;
let faults: Faults;
let client: KubeClient;
let written: string[];

beforeEach(() => {
  server = new FakeApiServer({ collectGarbage: false });
  faults = {};
  client = new KubeClient(server.transport({ faults: { onCall: (call) => faults.onCall?.(call) } }), {
    fieldManager: 'navigator-controller',
  });
  written = [];
});

/** What is to be done about what is there. */
function planned(now: number, want: WantedSecrets = wanted, rolling = false): readonly SecretTask[] {
  const ours = server.list(Secrets).filter((secret) => secret.metadata.labels !== undefined);
  const secrets = ours.map(({ metadata: { name, uid = '', resourceVersion = '', annotations = {} } }) => ({
    name,
    uid,
    resourceVersion,
    annotations,
  }));
  return planSecrets({ wanted: want, secrets, now, rolling }).tasks;
}

/** One pass: plans from what is there, and does it. */
async function pass(now: number, want: WantedSecrets = wanted): ReturnType<typeof perform> {
  return await perform(planned(now, want), now);
}

/** The first problem, where there are any. */
async function perform(tasks: readonly SecretTask[], now = START): Promise<'done' | 'stale' | ObjectProblem | undefined> {
  const outcome = await make(tasks, now);
  return typeof outcome === 'string' ? outcome : outcome.problems[0];
}

async function make(tasks: readonly SecretTask[], now = START): Promise<SecretsOutcome> {
  const tools = { client, forge, expectations: { expect: () => {} } };
  return await makeSecrets({ metadata, now, tasks }, { key: 'k', tools, signal: AbortSignal.timeout(10_000), written });
}

function text(name: string, key: string): string {
  const secret = server.get(Secrets, { namespace: 'shop', name });
  return Buffer.from(secret?.data?.[key] ?? '', 'base64').toString('utf8');
}

function certificate(name: string, key = 'tls.crt'): X509Certificate {
  return new X509Certificate(text(name, key));
}

function annotation(name: string, key: string): string | undefined {
  return server.get(Secrets, { namespace: 'shop', name })?.metadata.annotations?.[key];
}

test('all at once: certificates that fit, a password that the binding has too, labels and owner on each', async () => {
  expect(await pass(START)).toBe('done');
  expect(written).toHaveLength(4);
  const [ca, leaf] = [certificate('es-demo-ca'), certificate('es-demo-certs')];
  expect(leaf.verify(ca.publicKey)).toBe(true);
  expect(leaf.checkPrivateKey(createPrivateKey(text('es-demo-certs', 'tls.key')))).toBe(true);
  expect(text('es-demo-certs', 'ca.crt')).toBe(text('es-demo-ca', 'tls.crt'));
  expect(text('es-demo-elastic', 'password')).toMatch(/^[\w-]{24}$/);
  const bound = ['type', 'host', 'port', 'uri', 'username', 'password', 'ca.crt'].map((key) => text('es-demo-binding', key));
  const [password, authority] = [text('es-demo-elastic', 'password'), text('es-demo-ca', 'tls.crt')];
  const host = 'es-demo-http.shop.svc';
  expect(bound).toEqual(['elasticsearch', host, '9200', `https://${host}:9200`, 'elastic', password, authority]);
  for (const secret of server.list(Secrets)) expect(secret.metadata).toMatchObject({ labels, ownerReferences: [owner] });
  expect(annotation('es-demo-certs', ANNOTATIONS.notAfter)).toBe(leaf.validToDate.toISOString());
  const calls = server.calls.map(({ verb }) => verb);
  expect(calls, 'what this pass has made is not read again').toEqual(['create', 'create', 'create', 'create']);
});

test('a second pass does nothing; an edited password comes into the binding and stays', async () => {
  await pass(START);
  written = [];
  expect(await pass(START)).toBe('done');
  expect(written).toEqual([]);
  server.edit<Secret>(Secrets, { namespace: 'shop', name: 'es-demo-elastic' }, (draft) => {
    draft.data = { ...draft.data, password: Buffer.from('mine, now').toString('base64') };
  });
  await pass(START);
  expect(written).toEqual(['Secret "es-demo-binding"']);
  expect(text('es-demo-binding', 'password')).toBe('mine, now');
  expect(text('es-demo-elastic', 'password')).toBe('mine, now');
});

function editUser(data: Readonly<Record<string, string>>): void {
  server.edit<Secret>(Secrets, { namespace: 'shop', name: 'es-demo-elastic' }, (draft) => {
    for (const [key, value] of Object.entries(data)) draft.data = { ...draft.data, [key]: Buffer.from(value).toString('base64') };
  });
}

test('the binding says what nodes accept: no newline of an editor, and the one name that they know', async () => {
  await pass(START);
  editUser({ username: 'me', password: 'mine, now\n' });
  expect(await pass(START)).toBe('done');
  expect([text('es-demo-binding', 'username'), text('es-demo-binding', 'password')]).toEqual(['elastic', 'mine, now']);
});

test.each(['', 'short'])(
  'with the password %j, which no node takes, the binding stays, and the Secret is named',
  async (password) => {
    await pass(START);
    const before = text('es-demo-binding', 'password');
    editUser({ password });
    expect(await pass(START)).toMatchObject({
      reason: 'SecretInvalid',
      message: expect.stringMatching(/^Secret "es-demo-elastic" .*password.*; correct it, or delete it/),
    });
    expect(text('es-demo-binding', 'password')).toBe(before);
  },
);

test('a certificate is renewed under the same authority with a key of its own', async () => {
  await pass(START);
  const [before, ca] = [certificate('es-demo-certs'), text('es-demo-ca', 'tls.crt')];
  await pass(START + 250 * DAY_MS);
  const after = certificate('es-demo-certs');
  expect(after.serialNumber).not.toBe(before.serialNumber);
  expect(after.checkPrivateKey(createPrivateKey(text('es-demo-certs', 'tls.key')))).toBe(true);
  expect(text('es-demo-certs', 'ca.crt')).toBe(ca);
});

test('an authority that was deleted: the new one is trusted beside the old one, and signs ten minutes later', async () => {
  await pass(START);
  const [leaf, old] = [text('es-demo-certs', 'tls.crt'), text('es-demo-ca', 'tls.crt')];
  server.remove(Secrets, { namespace: 'shop', name: 'es-demo-ca' });
  await pass(START);
  await pass(START);
  expect(text('es-demo-certs', 'tls.crt'), 'nothing is shown that is not trusted yet').toBe(leaf);
  expect(text('es-demo-certs', 'ca.crt')).toBe(text('es-demo-ca', 'tls.crt') + old);
  await pass(START + 599_000);
  expect(text('es-demo-certs', 'tls.crt')).toBe(leaf);
  await pass(START + 600_000);
  expect(certificate('es-demo-certs').verify(certificate('es-demo-ca').publicKey)).toBe(true);
  expect(text('es-demo-certs', 'ca.crt'), 'nodes with the old one are still trusted').toContain(old);
  await pass(START + 600_000);
  expect(text('es-demo-binding', 'ca.crt')).toBe(text('es-demo-certs', 'ca.crt'));
  await pass(START + 3660 * DAY_MS);
  expect(text('es-demo-certs', 'ca.crt'), 'until it has ended by itself').not.toContain(old);
});

const name = 'es-demo-elastic';
const user: SecretTask = { make: 'user', wanted: { name, username: 'elastic' } };

function seed(more: Partial<KubeObject['metadata']>): void {
  const data = { username: 'ZWxhc3RpYw==', password: 'b2xk' };
  server.seed(Secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'shop', ...more }, data });
}

test("somebody else's Secret of that name is never touched", async () => {
  seed({});
  expect(await perform([user])).toMatchObject({ reason: 'ForeignObject', message: expect.stringContaining('"es-demo-elastic"') });
  expect(text(name, 'password')).toBe('old');
});

test('one that is ours already is never overwritten: the cache was behind', async () => {
  seed({ labels, ownerReferences: [owner] });
  expect(await perform([user])).toBe('stale');
  expect(text(name, 'password')).toBe('old');
});

test('one that is ours and has lost its labels gets them back, so that it is seen again', async () => {
  seed({ ownerReferences: [owner] });
  expect(await perform([user])).toBe('stale');
  expect(server.get(Secrets, { namespace: 'shop', name })?.metadata.labels).toMatchObject(labels);
  expect(text(name, 'password')).toBe('old');
});

test('one of an earlier cluster of this name is not ours', async () => {
  seed({ labels, ownerReferences: [{ ...owner, uid: 'uid-of-before' }] });
  expect(await perform([user])).toMatchObject({ reason: 'ForeignObject' });
});

test('what has changed since it was judged is left alone', async () => {
  await pass(START);
  const before = text('es-demo-ca', 'tls.crt');
  const secret = server.get(Secrets, { namespace: 'shop', name: 'es-demo-ca' });
  const seen = { uid: secret?.metadata.uid ?? '', resourceVersion: '1' };
  expect(await perform([{ make: 'authority', wanted: wanted.authority, seen }])).toBe('stale');
  expect(text('es-demo-ca', 'tls.crt')).toBe(before);
});

test('an authority that somebody has emptied is told of, and nothing is signed', async () => {
  await pass(START);
  server.edit<Secret>(Secrets, { namespace: 'shop', name: 'es-demo-ca' }, (draft) => {
    draft.data = { 'tls.crt': draft.data?.['tls.crt'] ?? '', 'tls.key': 'bm8ga2V5' };
  });
  const outcome = await pass(START + 250 * DAY_MS);
  expect(outcome).toMatchObject({
    reason: 'SecretInvalid',
    message: expect.stringContaining('delete it, and a new one is made'),
  });
});

test('an authority that somebody has replaced signs nothing, and is told of', async () => {
  await pass(START);
  const before = text('es-demo-certs', 'tls.crt');
  const other = forge.authority('es-demo-ca', { now: START, days: 10 });
  server.edit<Secret>(Secrets, { namespace: 'shop', name: 'es-demo-ca' }, (draft) => {
    const [crt, key] = [other.certificate, other.key].map((pem) => Buffer.from(pem).toString('base64'));
    draft.data = { 'tls.crt': crt ?? '', 'tls.key': key ?? '' };
  });
  expect(await pass(START + 250 * DAY_MS)).toMatchObject({
    reason: 'SecretInvalid',
    message: expect.stringMatching(/^Secret "es-demo-ca" .*; delete it, and a new one is made$/),
  });
  expect(text('es-demo-certs', 'tls.crt')).toBe(before);
});

test("a certificate of the user's own: clients are told who vouches for it, once it is there", async () => {
  const want = { ...wanted, binding: { ...wanted.binding, authority: 'mine' } };
  await pass(START, want);
  const own = text('es-demo-certs', 'ca.crt');
  expect(own).toContain('BEGIN CERTIFICATE');
  expect(text('es-demo-binding', 'ca.crt'), 'nodes show what the own authority has signed').toBe(own);
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'mine', namespace: 'shop' }, data: { 'ca.crt': 'Y2E=' } };
  server.seed(Secrets, secret);
  await pass(START, want);
  expect(text('es-demo-binding', 'ca.crt'), 'not all nodes show it yet').toBe(`ca\n${own}`);
  written = [];
  await pass(START, want);
  expect(written, 'looked at in each pass, written when it has changed').toEqual([]);
  server.edit<Secret>(Secrets, { namespace: 'shop', name: 'mine' }, (draft) => (draft.data = { 'ca.crt': 'bmV3' }));
  await pass(START, want);
  expect(text('es-demo-binding', 'ca.crt')).toBe(`new\n${own}`);
  server.edit<Secret>(Secrets, { namespace: 'shop', name: 'mine' }, (draft) => (draft.data = {}));
  await pass(START, want);
  expect(text('es-demo-binding', 'ca.crt'), 'a public authority is known without a list').toBe('');
  await pass(START);
  expect(text('es-demo-binding', 'ca.crt'), 'taken out again').toBe(own);
});

describe("an authority of the user's that is not asked for any more", () => {
  const MINUTE_MS = 60_000;
  const want = { ...wanted, binding: { ...wanted.binding, authority: 'mine' } };
  const [one, two] = ['one', 'two'].map((commonName) => forge.authority(commonName, { now: START, days: 1000 }).certificate);
  const place = { namespace: 'shop', name: 'mine' };
  const dataOf = (authority = ''): Record<string, string> => ({ 'ca.crt': Buffer.from(authority).toString('base64') });
  const bound = (): string => text('es-demo-binding', 'ca.crt');
  let own: string;

  beforeEach(async () => {
    server.seed(Secrets, { apiVersion: 'v1', kind: 'Secret', metadata: place, data: dataOf(one) });
    await pass(START, want);
    own = text('es-demo-certs', 'ca.crt');
  });

  test('is trusted as long as nodes run that show its certificate', async () => {
    expect(bound()).toBe(`${one}${own}`);
    await perform(planned(START, wanted, true), START);
    expect(bound(), 'beside the own one, which nodes that were restarted show').toBe(`${own}${one}`);
    await perform(planned(START + 60 * MINUTE_MS, wanted, true), START + 60 * MINUTE_MS);
    expect(bound(), 'a roll takes its time').toBe(`${own}${one}`);
    written = [];
    await perform(planned(START + 60 * MINUTE_MS), START + 60 * MINUTE_MS);
    expect(bound()).toBe(own);
    expect(annotation('es-demo-binding', ANNOTATIONS.keepsSince)).toBeUndefined();
    await perform(planned(START + 61 * MINUTE_MS), START + 61 * MINUTE_MS);
    expect(written, 'and that is all').toEqual(['Secret "es-demo-binding"']);
  });

  test('is trusted for ten minutes when another one takes its place in the Secret', async () => {
    server.edit<Secret>(Secrets, place, (draft) => (draft.data = dataOf(two)));
    await pass(START, want);
    expect(bound()).toBe(`${two}${own}${one}`);
    await pass(START + 9 * MINUTE_MS, want);
    expect(bound()).toContain(one);
    await pass(START + 10 * MINUTE_MS, want);
    expect(bound()).toBe(`${two}${own}`);
  });

  test('is trusted as long as its Secret is away: nodes go on with the certificate that they had from it', async () => {
    server.remove(Secrets, place);
    await pass(START, want);
    expect(bound()).toBe(`${own}${one}`);
    written = [];
    await pass(START + 60 * MINUTE_MS, want);
    expect([bound(), written]).toEqual([`${own}${one}`, []]);
    server.seed(Secrets, { apiVersion: 'v1', kind: 'Secret', metadata: place, data: dataOf(two) });
    await pass(START + 60 * MINUTE_MS, want);
    expect(bound(), 'nodes have not taken the new one yet').toBe(`${two}${own}${one}`);
    await pass(START + 70 * MINUTE_MS, want);
    expect(bound()).toBe(`${two}${own}`);
  });
});

/** The server refuses to create or change the Secret of this name, by a quota or because it is immutable. */
function refuse(refused: string): void {
  faults = {
    onCall: ({ verb, body }) => {
      const isMeant = verb === 'create' && JSON.stringify(body).includes(`"name":"${refused}"`);
      if (isMeant) return { fault: 'error', status: 403, reason: 'Forbidden' };
      return undefined;
    },
  };
}

const fresh = planSecrets({ wanted, secrets: [], now: START }).tasks;

test.each([
  ['es-demo-elastic', ['es-demo-ca', 'es-demo-certs'], true],
  ['es-demo-ca', ['es-demo-elastic'], true],
  ['es-demo-certs', ['es-demo-elastic', 'es-demo-ca'], true],
  ['es-demo-binding', ['es-demo-elastic', 'es-demo-ca', 'es-demo-certs'], false],
])('a quota against %s: it is named once, and what does not stand on it is made', async (refused, made, holdsPods) => {
  refuse(refused);
  expect(await make(fresh)).toMatchObject({
    problems: [
      {
        reason: 'ApiError',
        message: expect.stringContaining(`Secret "${refused}" could not be written`),
        ...(refused === 'es-demo-binding' ? { ofClients: true } : {}),
      },
    ],
    holdsPods,
  });
  expect(written).toEqual(made.map((secret) => `Secret "${secret}"`));
});

test('a certificate that cannot be renewed holds up neither pods nor the binding', async () => {
  await pass(START);
  editUser({ password: 'mine, now' });
  faults = {
    onCall: ({ verb, name: of }) =>
      verb === 'patch' && of === 'es-demo-certs' ? { fault: 'error', status: 422, reason: 'Invalid' } : undefined,
  };
  const now = START + 250 * DAY_MS;
  const outcome = await make(planned(now), now);
  expect(outcome).toMatchObject({ problems: [{ reason: 'ApiError' }], holdsPods: false });
  expect(text('es-demo-binding', 'password')).toBe('mine, now');
});

test('without an answer nothing more is asked', async () => {
  faults = { onCall: () => ({ fault: 'request-lost' }) };
  await expect(make(fresh)).rejects.toMatchObject({ code: 'KUBE_UNREACHABLE' });
});
