// The played StatefulSet controller against the real one: the same scripts give the same effects, step by step, and the same
// end. No kubelet on either side: pods are what the script says they are.
import { setTimeout as pause } from 'node:timers/promises';
import { KubeClient, type Pod, Pods, type StatefulSet, StatefulSets } from '@navigator/kube';
import { FakeApiServer, FakeClock, Random } from '@navigator/kube/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StatefulSetController } from '../src/sim/stateful-set.ts';
import { type RealCluster, startRealCluster } from './real-cluster.ts';

const namespace = 'default';
const signal = new AbortController().signal;

interface Side {
  readonly client: KubeClient;
  /** Waits until nothing moves any more. */
  settle(): Promise<void>;
}

interface Wish {
  readonly name: string;
  readonly replicas: number;
  readonly partition: number;
  /** Stands for the pod template. */
  readonly look: string;
  readonly onDelete?: boolean;
}

/** A script: each step changes something; after it the world settles. */
type Step = (side: Side) => Promise<void>;

let real: RealCluster;

beforeAll(async () => {
  real = await startRealCluster();
});

afterAll(async () => {
  await real[Symbol.asyncDispose]();
});

function setOf({ name, replicas, partition, look, onDelete = false }: Wish): StatefulSet {
  const labels = { set: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { namespace, name },
    spec: {
      replicas,
      serviceName: name,
      podManagementPolicy: 'Parallel',
      updateStrategy: onDelete ? { type: 'OnDelete' } : { type: 'RollingUpdate', rollingUpdate: { partition } },
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { look } },
        spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'registry.test/x:1' }] },
      },
    },
  };
}

function write(wish: Wish): Step {
  return async ({ client }) => void (await client.apply(StatefulSets, setOf(wish), signal));
}

/** Says of pods what a kubelet would. */
function pods(ready: boolean, ...names: string[]): Step {
  return async ({ client }) => {
    for (const name of names) {
      const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }];
      const pod: Pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { namespace, name },
        status: { phase: 'Running', conditions },
      };
      await client.applyStatus(Pods, pod, signal);
    }
  };
}

function removePod(name: string): Step {
  return async ({ client }) => {
    const { metadata } = await client.get(Pods, { namespace, name }, signal);
    await client.delete(Pods, { namespace, name }, { uid: metadata.uid ?? '' }, signal);
  };
}

/** Deletes the set with its pods, and waits until the garbage collector has been. */
function removeSet(name: string): Step {
  return async ({ client }) => {
    const { metadata } = await client.get(StatefulSets, { namespace, name }, signal);
    await client.delete(StatefulSets, { namespace, name }, { uid: metadata.uid ?? '' }, signal);
    const until = performance.now() + LIMIT_MS;
    const count = async (): Promise<number> =>
      (await client.list(Pods, { namespace, labelSelector: `set=${name}` }, signal)).items.length;
    while ((await count()) > 0) {
      if (performance.now() > until) throw new Error(`the pods of ${name} are not collected`);
      await pause(50);
    }
  };
}

function inTurn(...steps: readonly Step[]): Step {
  return async (side) => {
    for (const step of steps) await step(side);
  };
}

interface Seen {
  readonly pods: ReadonlyMap<string, string>;
  readonly text: readonly string[];
}

/** Pods with their look, and what the set says of itself. */
async function look({ client }: Side, name: string): Promise<Seen> {
  const list = await client.list(Pods, { namespace, labelSelector: `set=${name}` }, signal);
  const found = list.items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const set = await client.get(StatefulSets, { namespace, name }, signal);
  const { replicas, readyReplicas = 0, updatedReplicas = 0, currentRevision, updateRevision } = set.status ?? {};
  const isDone = currentRevision === updateRevision;
  return {
    pods: new Map(found.map(({ metadata }) => [metadata.name, metadata.uid ?? ''])),
    text: [
      ...found.map(({ metadata }) => `${metadata.name} is ${metadata.annotations?.['look']}`).toSorted(),
      `${replicas} pods, ${readyReplicas} ready, ${updatedReplicas} updated, ${isDone ? 'one revision' : 'two revisions'}`,
    ],
  };
}

/** Plays a script and tells after each step which pods came and went, and what there is. */
async function play(side: Side, name: string, steps: readonly Step[]): Promise<string[][]> {
  let before = new Map<string, string>() as ReadonlyMap<string, string>;
  const story: string[][] = [];
  for (const step of steps) {
    await step(side);
    await side.settle();
    const { pods: after, text } = await look(side, name);
    const gone = [...before].filter(([pod, uid]) => after.get(pod) !== uid).map(([pod]) => `${pod} went`);
    const made = [...after].filter(([pod, uid]) => before.get(pod) !== uid).map(([pod]) => `${pod} came`);
    story.push([...gone.toSorted(), ...made.toSorted(), ...text]);
    before = after;
  }
  return story;
}

function played(): Side {
  const clock = new FakeClock();
  const server = new FakeApiServer({ clock });
  const nothing = (): void => {};
  const context = { server, clock, random: new Random(1), namespace, note: nothing, violation: nothing };
  new StatefulSetController({ context, graceful: false });
  const client = new KubeClient(server.transport(), { fieldManager: 'kubectl', clock });
  return { client, settle: async () => await clock.advance(10_000) };
}

const QUIET_MS = 500;
const LIMIT_MS = 15_000;

/** Real time: nothing has been written to sets and pods for half a second, and the controller has seen the newest set. */
function realSide(name: string): Side {
  const fingerprint = async (): Promise<{ text: string; isSeen: boolean }> => {
    const [list, set] = await Promise.all([
      real.client.list(Pods, { namespace, labelSelector: `set=${name}` }, signal),
      real.client.get(StatefulSets, { namespace, name }, signal),
    ]);
    const versions = [set, ...list.items].map(({ metadata }) => `${metadata.uid}@${metadata.resourceVersion}`);
    return { text: versions.join(' '), isSeen: set.status?.observedGeneration === set.metadata.generation };
  };
  const settle = async (): Promise<void> => {
    const until = performance.now() + LIMIT_MS;
    let last = '';
    let since = performance.now();
    while (performance.now() < until) {
      const { text, isSeen } = await fingerprint();
      if (text !== last || !isSeen) since = performance.now();
      else if (performance.now() - since > QUIET_MS) return;
      last = text;
      await pause(50);
    }
    throw new Error(`StatefulSet ${name} does not come to rest`);
  };
  return { client: real.client, settle };
}

function wish(name: string, fields: Partial<Wish> = {}): Wish {
  return { name, replicas: 3, partition: 3, look: 'one', ...fields };
}

function names(set: string, ...ordinals: number[]): string[] {
  return ordinals.map((ordinal) => `${set}-${ordinal}`);
}

const SCRIPTS: Readonly<Record<string, (name: string) => Step[]>> = {
  grow: (name) => [
    write(wish(name)),
    pods(true, ...names(name, 0, 1, 2)),
    write(wish(name, { replicas: 5, partition: 5 })),
    write(wish(name, { replicas: 2, partition: 2 })),
  ],
  roll: (name) => [
    write(wish(name)),
    pods(true, ...names(name, 0, 1, 2)),
    write(wish(name, { look: 'two' })),
    write(wish(name, { look: 'two', partition: 2 })),
    pods(true, ...names(name, 2)),
    write(wish(name, { look: 'two', partition: 1 })),
    // Below the partition a lost pod comes back as it was.
    removePod(`${name}-0`),
    pods(true, ...names(name, 0, 1)),
    write(wish(name, { look: 'two', partition: 0 })),
    pods(true, ...names(name, 0)),
    write(wish(name, { look: 'two', partition: 3 })),
  ],
  broken: (name) => [
    write(wish(name)),
    pods(true, ...names(name, 0, 1, 2)),
    write(wish(name, { look: 'bad', partition: 1 })),
    pods(false, ...names(name, 2)),
    // The one that it has replaced is not ready: it waits, even for a template that is mended.
    write(wish(name, { look: 'good', partition: 1 })),
    removePod(`${name}-2`),
    pods(true, ...names(name, 2)),
  ],
  recreate: (name) => [
    write(wish(name)),
    pods(true, ...names(name, 0, 1, 2)),
    inTurn(removeSet(name), write(wish(name, { look: 'two' }))),
    pods(true, ...names(name, 0, 1, 2)),
  ],
  'on-delete': (name) => [
    write(wish(name)),
    pods(true, ...names(name, 0, 1)),
    write(wish(name, { look: 'two', onDelete: true })),
    removePod(`${name}-0`),
    pods(true, ...names(name, 0)),
    write(wish(name, { look: 'two', partition: 3 })),
  ],
};

test.each(Object.keys(SCRIPTS))('"%s" goes as with the real StatefulSet controller', { timeout: 90_000 }, async (name) => {
  const steps = SCRIPTS[name]?.(name) ?? [];
  const expected = await play(realSide(name), name, steps);
  expect(await play(played(), name, steps)).toEqual(expected);
});
