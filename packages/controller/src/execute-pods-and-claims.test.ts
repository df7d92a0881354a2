import { type KubeObject, PersistentVolumeClaims, Pods, StatefulSets } from '@navigator/kube';
import type { Faults } from '@navigator/kube/testing';
import { expect, test } from 'vitest';
import type { Effect } from './actions/action.ts';
import { elasticsearch } from './engines/elasticsearch/index.ts';
import type { Plan } from './plan.ts';
import { ACTION, EVENT, world } from './testing/execution.ts';
import { Pilots } from './watches.ts';

test('a pod is deleted only as it was judged: same uid, same resourceVersion', async () => {
  const { api, run } = world();
  const pod = api.seed(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'es-demo-mixed-1', namespace: 'shop' } });
  const { uid = '', resourceVersion = '' } = pod.metadata;
  const effects = (seen: { uid: string; resourceVersion: string }) => [
    { do: 'deletePod', name: 'es-demo-mixed-1', ...seen } as const,
  ];
  expect((await run({ step: { action: ACTION, effects: effects({ uid: 'another', resourceVersion }) } })).ended).toBe('stale');
  expect(api.get(Pods, pod.metadata)).toBeDefined();
  // It came to life after the plan: the cache may know that by now, the plan did not.
  expect((await run({ step: { action: ACTION, effects: effects({ uid, resourceVersion: '1' }) } })).ended).toBe('stale');
  expect(await run({ step: { action: ACTION, effects: effects({ uid, resourceVersion }) } })).toMatchObject({
    ended: 'done',
    written: ['Pod "es-demo-mixed-1"'],
  });
  expect(api.get(Pods, pod.metadata)).toBeUndefined();
  expect(api.calls.at(-1)?.body).toMatchObject({ preconditions: { uid, resourceVersion } });
});

test('no pod is deleted, and no volume with it, for a spec that has changed since: the cluster may be paused by now', async () => {
  const { api, run } = world();
  const pod = api.seed(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'es-demo-mixed-1', namespace: 'shop' } });
  const { name, uid = '', resourceVersion = '' } = pod.metadata;
  api.edit(elasticsearch.resource, { namespace: 'shop', name: 'demo' }, (draft) => void (draft.metadata.generation = 99));
  const effects = [{ do: 'deletePod', name, uid, resourceVersion }] as const;
  expect((await run({ step: { action: ACTION, effects } })).ended).toBe('stale');
  expect(api.get(Pods, pod.metadata)).toBeDefined();
});

test("a proxy's page is no word of a deletion: whoever took it for one would wait for the pod's end", async () => {
  const faults: Faults = {
    onCall: ({ verb }) => (verb === 'delete' ? { fault: 'answer', status: 200, body: '<html>proxy</html>' } : undefined),
  };
  const { api, run } = world({ faults });
  const pod = api.seed(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'es-demo-mixed-1', namespace: 'shop' } });
  const { name, uid = '', resourceVersion = '' } = pod.metadata;
  const effects = [{ do: 'deletePod', name, uid, resourceVersion }] as const;
  const { ended, refused, written } = await run({ step: { action: ACTION, effects } });
  expect([ended, refused?.error, written]).toMatchObject(['failed', { code: 'KUBE_BAD_ANSWER' }, []]);
});

test.each([
  ['a pod', Pods, { do: 'deletePod' }],
  ['a StatefulSet', StatefulSets, { do: 'delete', kind: 'StatefulSet' }],
  ['a StatefulSet of fewer nodes', StatefulSets, { do: 'shrink', replicas: 1 }],
  ['a Pilot', Pilots, { do: 'delete', kind: 'Pilot' }],
] as const)('what a webhook refuses to take away (%s) is a problem that is told, and does not end the pass', async (...row) => {
  const [, { kind, ...resource }, effect] = row;
  const faults: Faults = {
    onCall: ({ verb, plural }) =>
      verb !== 'get' && plural === resource.plural ? { fault: 'error', status: 403, reason: 'Forbidden' } : undefined,
  };
  const { api, run, told } = world({ faults });
  const metadata = { name: 'es-demo-mixed', namespace: 'shop' };
  const seeded = api.seed({ kind, ...resource }, { apiVersion: 'v1', kind, metadata });
  const { name, uid = '', resourceVersion = '' } = seeded.metadata;
  const effects = [
    { ...effect, name, uid, resourceVersion },
    { do: 'event', event: EVENT },
  ] as Effect[];
  const { ended, refused, problems } = await run({ step: { action: ACTION, effects } });
  expect([ended, refused?.reason, problems.length]).toEqual(['failed', 'ApiError', 1]);
  expect(refused?.message).toContain(`${kind} "es-demo-mixed" could not be ${effect.do === 'shrink' ? 'written' : 'deleted'}: `);
  expect(told).toEqual([]);
});

test('without an answer to a deletion the pass ends at once', async () => {
  const faults: Faults = { onCall: ({ verb }) => (verb === 'delete' ? { fault: 'reply-lost' } : undefined) };
  const { api, run } = world({ faults });
  const pod = api.seed(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'es-demo-mixed-1', namespace: 'shop' } });
  const { name, uid = '', resourceVersion = '' } = pod.metadata;
  const effects = [{ do: 'deletePod', name, uid, resourceVersion }] as const;
  await expect(run({ step: { action: ACTION, effects } })).rejects.toMatchObject({ code: 'KUBE_UNREACHABLE' });
});

const CLAIM: KubeObject = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data-es-demo-mixed-0', namespace: 'shop' },
  spec: { storageClassName: 'fast', resources: { requests: { storage: '1Gi' } } },
};

function growing(uid: string): Partial<Plan> {
  return { step: { action: ACTION, effects: [{ do: 'resizeClaim', name: 'data-es-demo-mixed-0', uid, size: '2Gi' }] } };
}

test('a volume is asked to grow, and nothing else of its claim is changed', async () => {
  const { api, run } = world();
  const { uid = '' } = api.seed(PersistentVolumeClaims, CLAIM).metadata;
  expect(await run(growing(uid))).toMatchObject({ ended: 'done', problems: [] });
  const claim = api.get(PersistentVolumeClaims, { namespace: 'shop', name: 'data-es-demo-mixed-0' });
  expect(claim?.spec).toEqual({ storageClassName: 'fast', resources: { requests: { storage: '2Gi' } } });
});

test('a claim that was made anew meanwhile, or is gone, is not asked: the cache was behind', async () => {
  const { api, run } = world();
  expect(await run(growing('uid-of-none'))).toMatchObject({ ended: 'stale' });
  api.seed(PersistentVolumeClaims, CLAIM);
  expect(await run(growing('uid-of-another'))).toMatchObject({ ended: 'stale' });
});

test('a storage class that cannot expand is a problem for a person', async () => {
  const faults: Faults = {
    onCall: ({ verb, plural }) =>
      verb === 'patch' && plural === 'persistentvolumeclaims' ? { fault: 'error', status: 403, reason: 'Forbidden' } : undefined,
  };
  const { api, run } = world({ faults });
  const { uid = '' } = api.seed(PersistentVolumeClaims, CLAIM).metadata;
  const { ended, problems } = await run(growing(uid));
  expect(ended).toBe('failed');
  expect(problems).toMatchObject([{ reason: 'VolumeNotExpandable', message: expect.stringContaining('cannot grow to 2Gi') }]);
});

test('a claim of which the server only fails to write is told of as well', async () => {
  const faults: Faults = { onCall: ({ verb }) => (verb === 'patch' ? { fault: 'error', status: 500 } : undefined) };
  const { api, run } = world({ faults });
  const { uid = '' } = api.seed(PersistentVolumeClaims, CLAIM).metadata;
  const { ended, refused } = await run(growing(uid));
  expect([ended, refused?.reason]).toEqual(['failed', 'ApiError']);
});

test('a claim that may not grow keeps none of the others from growing, and nobody is told that all grow', async () => {
  const faults: Faults = {
    onCall: ({ verb, plural, name }) =>
      verb === 'patch' && plural === 'persistentvolumeclaims' && name === 'data-es-demo-mixed-0'
        ? { fault: 'error', status: 403, reason: 'Forbidden' }
        : undefined,
  };
  const { api, run, told } = world({ faults });
  const names = ['data-es-demo-mixed-0', 'data-es-demo-mixed-1'];
  const seeded = names.map((name) => api.seed(PersistentVolumeClaims, { ...CLAIM, metadata: { ...CLAIM.metadata, name } }));
  const claims = seeded.map(({ metadata: { name, uid = '' } }) => ({ do: 'resizeClaim', name, uid, size: '2Gi' }) as const);
  const event = { do: 'event', event: { type: 'Normal', reason: 'ResizeVolume', message: 'all grow' } } as const;
  const { ended, problems } = await run({ step: { action: ACTION, effects: [...claims, event] } });
  expect([ended, problems.length]).toEqual(['failed', 1]);
  const grown = api.get(PersistentVolumeClaims, { namespace: 'shop', name: 'data-es-demo-mixed-1' });
  expect(grown?.spec?.resources?.requests).toEqual({ storage: '2Gi' });
  expect(told).toEqual([]);
});
