import { expect, test } from 'vitest';
import { ConfigMaps, Pods } from '../builtin-resources.ts';
import { KubeClient } from '../client.ts';
import { describeApiServer } from './apiserver.contract.ts';
import { FakeApiServer } from './fake-apiserver.ts';
import { FakeClock } from './fake-clock.ts';
import { HttpFront } from './http-front.ts';
import { HttpTransport } from '../http-transport.ts';
import { fixedCredentials } from '../credentials.ts';

const signal = new AbortController().signal;

describeApiServer('the fake API server in memory', async () => ({ transport: new FakeApiServer().transport(), namespace: 'x' }));

describeApiServer('the fake API server over HTTP', async () => {
  const server = await new HttpFront(new FakeApiServer()).start();
  return { transport: new HttpTransport({ server, credentials: fixedCredentials() }), namespace: 'x' };
});

function pod(name: string, metadata: object = {}) {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'x', name, ...metadata } };
}

test('children go with their owner, and theirs with them', () => {
  const server = new FakeApiServer();
  const owner = server.seed(ConfigMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'x', name: 'owner' } });
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid ?? '' };
  const child = server.seed(Pods, pod('child', { ownerReferences: [ref] }));
  server.seed(Pods, pod('grandchild', { ownerReferences: [{ ...ref, name: 'child', uid: child.metadata.uid }] }));
  server.seed(Pods, pod('other'));
  server.remove(ConfigMaps, { namespace: 'x', name: 'owner' });
  expect(server.list(Pods).map(({ metadata }) => metadata.name)).toEqual(['other']);
});

test('a list may be served as of an earlier revision', async () => {
  const server = new FakeApiServer();
  const transport = server.transport();
  const client = new KubeClient(transport, { fieldManager: 'test' });
  server.seed(Pods, pod('a'));
  const { revision } = server.store;
  server.edit(Pods, { namespace: 'x', name: 'a' }, (draft) => (draft.metadata.labels = { changed: 'yes' }));
  server.seed(Pods, pod('b'));
  server.remove(Pods, { namespace: 'x', name: 'a' });
  transport.faults = { onCall: () => ({ fault: 'stale', revision }) };
  const { items, resourceVersion } = await client.list(Pods, {}, signal);
  expect(items.map(({ metadata }) => [metadata.name, metadata.labels])).toEqual([['a', undefined]]);
  expect(resourceVersion).toBe(String(revision));
});

test('a reply may be lost after the call was done, or a process killed right after it', async () => {
  const server = new FakeApiServer();
  const transport = server.transport({ faults: { onCall: () => ({ fault: 'reply-lost' }) } });
  const client = new KubeClient(transport, { fieldManager: 'test' });
  await expect(client.create(Pods, pod('a'), signal)).rejects.toMatchObject({ code: 'KUBE_UNREACHABLE' });
  expect(server.get(Pods, { namespace: 'x', name: 'a' })).toBeDefined();
  transport.faults = { afterCall: () => transport.kill() };
  await expect(client.create(Pods, pod('b'), signal)).rejects.toMatchObject({ code: 'KUBE_ABORTED' });
  await expect(client.create(Pods, pod('c'), signal)).rejects.toMatchObject({ code: 'KUBE_ABORTED' });
  expect(server.list(Pods)).toHaveLength(2);
});

test('the fake clock runs timers in order and lets promises settle in between', async () => {
  const clock = new FakeClock();
  const log: string[] = [];
  clock.setTimeout(() => log.push(`b at ${clock.monotonic()}`), 20);
  clock.setTimeout(() => void Promise.resolve().then(() => log.push(`a at ${clock.monotonic()}`)), 10);
  const cancelled = clock.setTimeout(() => log.push('never'), 15);
  cancelled[Symbol.dispose]();
  await clock.advance(30);
  expect(log).toEqual(['a at 10', 'b at 20']);
});
