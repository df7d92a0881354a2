import type { KubeClient, KubeObject, PersistentVolumeClaim, Pod, StatefulSet } from '@navigator/kube';
import { describe, expect, test } from 'vitest';
import { isConfirmed } from './confirm.ts';
import { elasticsearch } from './engines/elasticsearch/index.ts';
import { observe, type ObserveInput } from './observe.ts';
import { plan } from './plan.ts';
import { claimObject, clusterObject, pilotObject, podObject, statefulSetObject } from './testing/kube-objects.ts';

const { signal } = new AbortController();
const formed = { 'navigator.dev/initial-members': 'es-demo-mixed-0', 'navigator.dev/cluster-id': 'id' };
const nodes = (count: number): { pods: Pod[]; pilots: KubeObject[] } => {
  const names = Array.from({ length: count }, (_, ordinal) => `es-demo-mixed-${ordinal}`);
  return { pods: names.map((name) => podObject(name)), pilots: names.map((name) => pilotObject(name)) };
};

function input(statefulSets: readonly StatefulSet[], count: number, more: Partial<ObserveInput> = {}): ObserveInput {
  const cluster = clusterObject({ metadata: { annotations: formed } });
  const settings = { pilotImage: 'pilot:1' };
  const now = Date.parse('2026-03-01T12:00:00Z');
  return { now, settings, engine: elasticsearch, cluster, statefulSets, ...nodes(count), claims: [], secrets: [], ...more };
}

/** The answer when the API server has so many nodes; undefined: it is not asked. */
async function confirmed(seen: ObserveInput, live?: { pods: Pod[]; pilots: KubeObject[] }): Promise<boolean> {
  const list = (resource: { kind: string }): unknown => {
    if (live === undefined) throw new Error('nothing is to be read');
    return Promise.resolve({ items: resource.kind === 'Pod' ? live.pods : live.pilots });
  };
  const client = { list } as unknown as KubeClient;
  return await isConfirmed(plan(observe(seen), elasticsearch), seen, { client, signal });
}

describe('a StatefulSet that is to get smaller than it is', () => {
  const grown = input([statefulSetObject('mixed', { replicas: 5 })], 2);

  test('with nodes that the caches do not show yet: put off', async () => {
    expect(await confirmed(grown, nodes(5))).toBe(false);
  });

  test('with fewer of them than it was thought: put off as well', async () => {
    expect(await confirmed(grown, nodes(3))).toBe(false);
  });

  test('with nobody there it is done', async () => {
    expect(await confirmed(grown, nodes(2))).toBe(true);
  });
});

describe('a StatefulSet of a removed pool', () => {
  const { pilots } = nodes(2);
  const served = { pods: [podObject('es-demo-old-0')], pilots };
  /** The pool of the spec is as it shall be, and asks for no step. */
  const removed = (replicas: number): ObserveInput => {
    const empty = input([], 0);
    const made = plan(observe(empty), elasticsearch).step?.effects.flatMap((effect) =>
      effect.do === 'apply' ? [effect.object] : [],
    );
    const { metadata = {}, ...rest } = { ...made?.[0] };
    const mixed = statefulSetObject('mixed', { metadata });
    const status = { replicas: 2, observedGeneration: 5, currentRevision: 'a', updateRevision: 'a' };
    return input([{ ...mixed, ...rest, metadata: mixed.metadata, status }, statefulSetObject('old', { replicas })], 0, {
      pilots,
    });
  };

  test('whose nodes the caches do not show: put off', async () => {
    expect(await confirmed(removed(2), served)).toBe(false);
  });

  test('that is empty: looked at once more before it is deleted', async () => {
    expect(await confirmed(removed(0), served)).toBe(false);
    expect(await confirmed(removed(0), { pods: [], pilots })).toBe(true);
  });
});

test('a plan that makes nothing smaller reads nothing', async () => {
  expect(await confirmed(input([statefulSetObject()], 2))).toBe(true);
});

test('a node is replaced only if its claim is being deleted now: a new pod is not taken for the one before', async () => {
  const name = 'data-es-demo-mixed-0';
  const claim = claimObject(name);
  const going = { ...claim, metadata: { ...claim.metadata, deletionTimestamp: '2026-03-01T11:59:00Z' } };
  const seen = input([statefulSetObject()], 2, {
    claims: [going],
    pods: [podObject('es-demo-mixed-0', { status: {} }), podObject('es-demo-mixed-1')],
  });
  expect(plan(observe(seen), elasticsearch).step).toMatchObject({ action: { name: 'ReplaceNode' }, stops: 'es-demo-mixed-0' });
  const confirmedBy = async (live: PersistentVolumeClaim): Promise<boolean> => {
    const list = async ({ kind }: { kind: string }): Promise<unknown> => {
      return { items: { Pod: seen.pods, Pilot: seen.pilots, PersistentVolumeClaim: [live] }[kind] };
    };
    return await isConfirmed(plan(observe(seen), elasticsearch), seen, { client: { list } as unknown as KubeClient, signal });
  };
  expect(await confirmedBy(going)).toBe(true);
  expect(await confirmedBy(claim)).toBe(false);
});

test('before a pod is deleted it is read whether that would be decided now, too', async () => {
  const seen = input([statefulSetObject()], 2);
  const effect = { do: 'deletePod', name: 'es-demo-mixed-1', uid: 'uid', resourceVersion: '1' } as const;
  const action = { name: 'UpdateConfig', nodePool: 'mixed', target: effect.name, why: '' } as const;
  const decision = { ...plan(observe(seen), elasticsearch), step: { action, effects: [effect] } };
  const asked: string[] = [];
  const list = async ({ kind }: { kind: string }): Promise<unknown> => {
    asked.push(kind);
    return { items: { Pod: seen.pods, Pilot: seen.pilots }[kind] ?? [] };
  };
  expect(await isConfirmed(decision, seen, { client: { list } as unknown as KubeClient, signal })).toBe(false);
  expect(asked).toEqual(['Pod', 'Pilot', 'PersistentVolumeClaim']);
});
