import { ANNOTATIONS } from '@navigator/api-types';
import { describe, expect, test } from 'vitest';
import type { SecretView } from '../snapshot.ts';
import { bindingHash, namesHash, planSecrets, TRUST_SETTLES_MS } from './plan-secrets.ts';
import type { WantedSecrets } from './wanted.ts';

const now = Date.parse('2026-11-21T12:00:00Z');
const DAY_MS = 86_400_000;
const wanted: WantedSecrets = {
  authority: { name: 'ca', commonName: 'ca' },
  certificate: { name: 'certs', commonName: 'nodes', names: ['localhost', 'es-demo-http'] },
  users: [
    { name: 'elastic', username: 'elastic' },
    { name: 'pilot', username: 'navigator-pilot' },
  ],
  binding: {
    name: 'binding',
    type: 'elasticsearch',
    host: 'es-demo-http.default.svc',
    port: 9200,
    user: 'elastic',
    username: 'elastic',
  },
};

function view(name: string, annotations: Record<string, string> = {}): SecretView {
  return { name, uid: `uid-${name}`, resourceVersion: `rv-${name}`, annotations };
}

function at(days: number): string {
  return new Date(now + days * DAY_MS).toISOString();
}

const ca = view('ca', { [ANNOTATIONS.authority]: 'new', [ANNOTATIONS.renewAfter]: at(2000) });
const certs = view('certs', {
  [ANNOTATIONS.authority]: 'new',
  [ANNOTATIONS.trusts]: 'new',
  [ANNOTATIONS.trustedSince]: at(-100),
  [ANNOTATIONS.renewAfter]: at(143),
  [ANNOTATIONS.notAfter]: at(265),
  [ANNOTATIONS.names]: namesHash(wanted.certificate.names),
});
const [elastic, pilot] = [view('elastic'), view('pilot')];
const binding = view('binding', { [ANNOTATIONS.madeFrom]: bindingHash(wanted.binding, [elastic, certs]) });
const ALL = [ca, certs, elastic, pilot, binding];

/** All of them, with these in place of those of the same name. */
function tasks(...changed: readonly SecretView[]): readonly string[] {
  const secrets = ALL.map((secret) => changed.find(({ name }) => name === secret.name) ?? secret);
  return made(secrets);
}

function made(secrets: readonly SecretView[], moment = now): readonly string[] {
  const { tasks: found } = planSecrets({ wanted, secrets, now: moment });
  return found.map(
    (task) => `${task.make} ${task.wanted.name}${'seen' in task && task.seen ? ` @${task.seen.resourceVersion}` : ''}`,
  );
}

function edited(secret: SecretView, annotations: Record<string, string>): SecretView {
  return { ...secret, annotations: { ...secret.annotations, ...annotations } };
}

test('a new cluster gets all, what signs before what is signed, what is read before what is made from it', () => {
  expect(made([])).toEqual(['user elastic', 'user pilot', 'authority ca', 'certificate certs', 'binding binding']);
});

test('where all is well nothing is done, and the next look is half a day away', () => {
  expect(tasks()).toEqual([]);
  expect(planSecrets({ wanted, secrets: ALL, now }).recheckAfterMs).toBe(43_200_000);
});

test.each([
  ['elastic', ['user elastic']],
  ['pilot', ['user pilot']],
  ['ca', ['authority ca']],
  ['certs', ['certificate certs']],
  ['binding', ['binding binding']],
])('%s alone is made again when it is gone', (name, expected) => {
  expect(made(ALL.filter((secret) => secret.name !== name))).toEqual(expected);
});

test('a certificate is renewed at two thirds of its life, or as soon as its date is set back', () => {
  expect(made(ALL, now + 142 * DAY_MS)).toEqual([]);
  expect(made(ALL, now + 143 * DAY_MS)).toEqual(['certificate certs @rv-certs']);
  expect(tasks(edited(certs, { [ANNOTATIONS.renewAfter]: 'soon' }))).toEqual(['certificate certs @rv-certs']);
  expect(tasks(edited(ca, { [ANNOTATIONS.renewAfter]: at(0) }))).toEqual(['authority ca @rv-ca']);
});

test('a certificate is renewed when it shall be valid for other names, in whatever order they stand', () => {
  expect(tasks(edited(certs, { [ANNOTATIONS.names]: namesHash(['localhost']) }))).toEqual(['certificate certs @rv-certs']);
  expect(tasks(edited(certs, { [ANNOTATIONS.names]: namesHash(['es-demo-http', 'localhost']) }))).toEqual([]);
});

test('a new authority is trusted first, and signs only when all had the time to see that', () => {
  const before = edited(certs, { [ANNOTATIONS.authority]: 'old', [ANNOTATIONS.trusts]: 'old' });
  expect(tasks(before)).toEqual(['trust certs @rv-certs']);
  const trusting = (sinceMs: number): SecretView =>
    edited(before, { [ANNOTATIONS.trusts]: 'new,old', [ANNOTATIONS.trustedSince]: new Date(now - sinceMs).toISOString() });
  expect(tasks(trusting(TRUST_SETTLES_MS - 1000))).toEqual([]);
  const secrets = [ca, trusting(TRUST_SETTLES_MS - 1000), elastic, pilot, binding];
  expect(planSecrets({ wanted, secrets, now }).recheckAfterMs).toBe(1000);
  expect(tasks(trusting(TRUST_SETTLES_MS))).toEqual(['certificate certs @rv-certs']);
});

test('one that has ended already is not kept for the sake of those who do not trust its successor yet', () => {
  const ended = edited(certs, {
    [ANNOTATIONS.authority]: 'old',
    [ANNOTATIONS.trusts]: 'new,old',
    [ANNOTATIONS.trustedSince]: at(0),
    [ANNOTATIONS.notAfter]: at(0),
  });
  expect(tasks(ended)).toEqual(['certificate certs @rv-certs']);
});

test('the binding follows the password and the authorities', () => {
  expect(tasks({ ...elastic, resourceVersion: 'edited' })).toEqual(['binding binding @rv-binding']);
  expect(tasks({ ...certs, resourceVersion: 'renewed' })).toEqual(['binding binding @rv-binding']);
  expect(tasks({ ...pilot, resourceVersion: 'edited' })).toEqual([]);
});

test('an authority of which nobody knows any more which one it is is made anew: nothing could be renewed by it', () => {
  const { [ANNOTATIONS.authority]: _gone, ...rest } = ca.annotations;
  const due = edited(certs, { [ANNOTATIONS.renewAfter]: at(-1) });
  expect(tasks({ ...ca, annotations: rest }, due)).toEqual(['authority ca @rv-ca']);
  expect(tasks(edited(ca, { [ANNOTATIONS.authority]: '' }))).toEqual(['authority ca @rv-ca']);
});

describe('a binding that keeps authorities that are not asked for any more', () => {
  const since = (ms: number): SecretView => edited(binding, { [ANNOTATIONS.keepsSince]: new Date(now - ms).toISOString() });
  const planned = (keeping: SecretView, rolling?: boolean) =>
    planSecrets({ wanted, secrets: [ca, certs, elastic, pilot, keeping], now, ...(rolling === undefined ? {} : { rolling }) });

  test('lets them go when the kubelets had the time to bring what changed', () => {
    expect(planned(since(TRUST_SETTLES_MS - 1000))).toEqual({ tasks: [], recheckAfterMs: 1000 });
    expect(planned(since(TRUST_SETTLES_MS)).tasks).toMatchObject([{ make: 'binding', prunes: true }]);
  });

  test('but not while nodes run that were made for another spec', () => {
    expect(planned(since(10 * TRUST_SETTLES_MS), true).tasks).toEqual([]);
  });

  test('one that keeps nothing is left alone', () => {
    expect(planned(binding).tasks).toEqual([]);
  });
});
