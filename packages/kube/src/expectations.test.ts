import { expect, test } from 'vitest';
import { ConfigMaps, Pods } from './builtin-resources.ts';
import { Expectations } from './expectations.ts';
import type { KubeObject } from './object.ts';
import { Store } from './store.ts';
import { FakeClock } from './testing/fake-clock.ts';

function world(): {
  clock: FakeClock;
  store: Store<KubeObject>;
  cache: { resourceVersion: string; lister: Store<KubeObject> };
  expectations: Expectations;
} {
  const clock = new FakeClock();
  const store = new Store<KubeObject>();
  const cache = { resourceVersion: '100', lister: store };
  const expectations = new Expectations({ clock, cacheOf: (resource) => (resource === Pods ? cache : undefined) });
  return { clock, store, cache, expectations };
}

function pod(resourceVersion: string, uid = 'u1', extra: Partial<KubeObject['metadata']> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'x', name: 'a', uid, resourceVersion, ...extra } };
}

test('a stale cache puts the key off until it has come to our write', () => {
  const { store, cache, expectations } = world();
  expectations.expect('k', Pods, pod('120'));
  expect(expectations.satisfied('k')).toBe(false);
  expect(expectations.satisfied('other')).toBe(true);
  cache.resourceVersion = '119';
  store.set(pod('119'));
  expect(expectations.satisfied('k')).toBe(false);
  cache.resourceVersion = '1000';
  expect(expectations.satisfied('k')).toBe(true);
});

test('numbers beyond 2^53 are compared exactly', () => {
  const { cache, expectations } = world();
  cache.resourceVersion = '9007199254740993';
  expectations.expect('k', Pods, pod('9007199254740994'));
  expect(expectations.satisfied('k')).toBe(false);
  cache.resourceVersion = '9007199254740994';
  expect(expectations.satisfied('k')).toBe(true);
});

test('versions that are no numbers are compared for equality', () => {
  const { store, cache, expectations } = world();
  cache.resourceVersion = 'abc';
  expectations.expect('k', Pods, pod('xyz'));
  expect(expectations.satisfied('k')).toBe(false);
  store.set(pod('xyz'));
  expect(expectations.satisfied('k')).toBe(true);
});

test('a deletion is visible when the object is going, gone, or another one', () => {
  for (const after of [pod('2', 'u1', { deletionTimestamp: '2026-01-01T00:00:00Z' }), pod('2', 'u2'), undefined]) {
    const { store, expectations } = world();
    store.set(pod('1'));
    expectations.expectDeletion('k', Pods, { namespace: 'x', name: 'a', uid: 'u1' });
    expect(expectations.satisfied('k')).toBe(false);
    if (after) store.set(after);
    else store.delete(pod('1'));
    expect(expectations.satisfied('k')).toBe(true);
  }
});

test('nothing is expected of kinds that nobody watches, nor for ever', async () => {
  const { clock, expectations } = world();
  expectations.expect('k', ConfigMaps, pod('120'));
  expect(expectations.satisfied('k')).toBe(true);
  expectations.expect('k', Pods, pod('120'));
  await clock.advance(299_000);
  expect(expectations.satisfied('k')).toBe(false);
  await clock.advance(1000);
  expect(expectations.satisfied('k')).toBe(true);
});
