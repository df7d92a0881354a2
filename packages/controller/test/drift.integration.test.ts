import { LABELS } from '@navigator/api-types';
import {
  type KubeObject,
  NetworkPolicies,
  PodDisruptionBudgets,
  type Resource,
  RoleBindings,
  Roles,
  ServiceAccounts,
  Services,
  StatefulSets,
} from '@navigator/kube';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Pilots } from '../src/watches.ts';
import { type Running, startController, type Surroundings, until } from './harness.ts';
import { type RealApi, startRealApi } from './real-api.ts';
import { createCluster, find, KINDS, ready } from './scenario.ts';

const DEADLINE_MS = 90_000;
const REPAIR_MS = 10_000;
const signal = AbortSignal.timeout(600_000);
let api: RealApi;
let controller: Running;
const places = new Map<string, Surroundings>();

beforeAll(async () => {
  api = await startRealApi();
  controller = startController(api.connect());
  for (const { resource, prefix, spec } of KINDS) {
    const around = await api.namespace(`drift-${prefix}`, signal);
    places.set(prefix, around);
    await createCluster(around, resource, { name: 'demo', spec });
    await ready(around, resource, 'demo');
  }
});

afterAll(async () => {
  await controller.stop();
  await api[Symbol.asyncDispose]();
});

interface Child {
  readonly resource: Resource;
  /** `nodes` of `es-demo-nodes`; `pool` stands for the pool's name. */
  readonly word: string;
  /** What somebody does to it, as a merge patch. */
  readonly edits: Readonly<Record<string, unknown>>;
}

const rule = { apiGroups: [''], resources: ['secrets'], verbs: ['get'] };
const subject = { kind: 'ServiceAccount', name: 'somebody', namespace: 'default' };

const CHILDREN: readonly Child[] = [
  {
    resource: Services,
    word: 'nodes',
    edits: {
      'a changed field': { spec: { publishNotReadyAddresses: false } },
      'an added selector': { spec: { selector: { extra: 'yes' } } },
      'an added field': { spec: { externalIPs: ['10.1.2.3'] } },
    },
  },
  { resource: ServiceAccounts, word: 'pilot', edits: { 'a changed field': { automountServiceAccountToken: true } } },
  { resource: Roles, word: 'pilot', edits: { 'other rules': { rules: [rule] }, 'no rules': { rules: null } } },
  { resource: RoleBindings, word: 'pilot', edits: { 'another subject': { subjects: [subject] } } },
  { resource: PodDisruptionBudgets, word: 'nodes', edits: { 'a changed field': { spec: { maxUnavailable: 3 } } } },
  {
    resource: NetworkPolicies,
    word: 'nodes',
    edits: { 'an open door': { spec: { ingress: [{}] } }, 'no rules': { spec: { ingress: null } } },
  },
  {
    resource: StatefulSets,
    word: 'pool',
    edits: {
      'more replicas': { spec: { replicas: 5 } },
      'fewer replicas': { spec: { replicas: 1 } },
      'a lower partition': { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } },
      'another template': { spec: { template: { spec: { terminationGracePeriodSeconds: 1 } } } },
      'an added network': { spec: { template: { spec: { hostNetwork: true } } } },
      'an added node selector': { spec: { template: { spec: { nodeSelector: { extra: 'yes' } } } } },
    },
  },
  {
    resource: Pilots,
    word: 'pool-0',
    edits: {
      'other seeds': { spec: { seeds: ['nobody'] } },
      'another pool': { spec: { nodePool: 'other' } },
      'an order to bootstrap again': { spec: { bootstrap: { initialMembers: ['nobody'] } } },
    },
  },
];

const CASES = KINDS.flatMap((kind) =>
  CHILDREN.map((child) => ({ kind, child, title: `${kind.resource.kind}, ${child.resource.kind}` })),
);

function nameOf({ kind, child }: (typeof CASES)[number]): string {
  return `${kind.prefix}-demo-${child.word.replace('pool', kind.pool)}`;
}

/** What of an object is ours to keep as it is. */
function content(object: KubeObject): unknown {
  const {
    uid: _uid,
    resourceVersion: _version,
    generation: _generation,
    creationTimestamp: _at,
    managedFields: _fields,
    ...metadata
  } = object.metadata;
  const { status: _status, ...rest } = object;
  return { ...rest, metadata };
}

async function restored(
  around: Surroundings,
  child: Child,
  { name, before }: { name: string; before: KubeObject },
): Promise<KubeObject> {
  const wanted = JSON.stringify(content(before));
  let last: KubeObject | undefined;
  try {
    return await until(
      `${child.resource.kind} ${name} as before`,
      around,
      async () => {
        last = await find(around, child.resource, name);
        return last !== undefined && JSON.stringify(content(last)) === wanted && last;
      },
      REPAIR_MS,
    );
  } catch (error) {
    expect(last && content(last), String(error)).toEqual(content(before));
    throw error;
  }
}

test.each(CASES)('$title: deleted, it comes back', { timeout: DEADLINE_MS }, async (scene) => {
  const around = places.get(scene.kind.prefix) ?? expect.fail();
  const name = nameOf(scene);
  const before = (await find(around, scene.child.resource, name)) ?? expect.fail(`no ${name}`);
  await around.client.delete(scene.child.resource, before.metadata, { uid: before.metadata.uid ?? '' }, signal);
  const after = await until(`${name} again`, around, async () => await find(around, scene.child.resource, name), REPAIR_MS);
  expect(after.metadata.uid).not.toBe(before.metadata.uid);
  await ready(around, scene.kind.resource, 'demo');
  const settled = (await find(around, scene.child.resource, name)) ?? expect.fail();
  expect(settled.metadata.labels).toEqual(before.metadata.labels);
  expect(settled.metadata.ownerReferences).toEqual(before.metadata.ownerReferences);
});

test.each(CASES.flatMap((scene) => Object.entries(scene.child.edits).map(([what, body]) => ({ ...scene, what, body }))))(
  '$title: $what, it is put right',
  { timeout: DEADLINE_MS },
  async (scene) => {
    const around = places.get(scene.kind.prefix) ?? expect.fail();
    const name = nameOf(scene);
    const before = (await find(around, scene.child.resource, name)) ?? expect.fail(`no ${name}`);
    const pods = (await around.world.pods(signal)).map(({ metadata }) => metadata.uid).toSorted();
    const patch = { body: scene.body as Record<string, unknown> };
    const edited = await around.client.mergePatch(scene.child.resource, before.metadata, patch, signal);
    expect(content(edited)).not.toEqual(content(before));
    await restored(around, scene.child, { name, before });
    await ready(around, scene.kind.resource, 'demo');
    const what = scene.what === 'fewer replicas' ? 'pods taken by a hand are another matter' : scene.what;
    const after = (await around.world.pods(signal)).map(({ metadata }) => metadata.uid).toSorted();
    if (what === scene.what && scene.what !== 'a lower partition') expect(after, 'no pod was replaced').toEqual(pods);
  },
);

test.each(CASES)(
  '$title: without our label we no longer see it, and still put it right',
  { timeout: DEADLINE_MS },
  async (scene) => {
    const around = places.get(scene.kind.prefix) ?? expect.fail();
    const name = nameOf(scene);
    const before = (await find(around, scene.child.resource, name)) ?? expect.fail(`no ${name}`);
    const body = { metadata: { labels: { [LABELS.managedBy]: null } } };
    await around.client.mergePatch(scene.child.resource, before.metadata, { body }, signal);
    await restored(around, scene.child, { name, before });
  },
);

test.each(CASES)('$title: labels and annotations of others stay', { timeout: DEADLINE_MS }, async (scene) => {
  const around = places.get(scene.kind.prefix) ?? expect.fail();
  const name = nameOf(scene);
  const before = (await find(around, scene.child.resource, name)) ?? expect.fail(`no ${name}`);
  const body = {
    metadata: { labels: { 'example.com/team': 'shop', [LABELS.managedBy]: null }, annotations: { 'example.com/note': 'ours' } },
  };
  await around.client.mergePatch(scene.child.resource, before.metadata, { body }, signal);
  const after = await until('the label is back', around, async () => {
    const object = await find(around, scene.child.resource, name);
    return object?.metadata.labels?.[LABELS.managedBy] === undefined ? undefined : object;
  });
  expect(after.metadata.labels?.['example.com/team']).toBe('shop');
  expect(after.metadata.annotations?.['example.com/note']).toBe('ours');
});
