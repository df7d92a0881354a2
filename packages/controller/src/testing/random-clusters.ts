import type { ClusterHealth } from '@navigator/api-types';
import * as fc from 'fast-check';
import type { ControllerEngine } from '../engines/engine.ts';
import { ENGINES } from '../engines/registry.ts';
import type { ClusterSnapshot, NodeView, PodView, PoolView } from '../snapshot.ts';
import { isDown } from '../engines/reports.ts';
import { obeyed } from './leaving.ts';
import { wantedTemplate } from './planner-model.ts';
import { cassandraSnapshot, elasticsearchSnapshot, iso, mapNodes, NOW, withView } from './snapshots.ts';

/** What became of a node. */
const STATES = [
  'serves',
  'serves, new',
  'starts, new',
  'broken',
  'silent',
  'unready',
  'no pilot',
  'gone',
  'going',
  'claim deleted',
  'claim deleted, leaving',
  'claim deleted, broken',
] as const;
type State = (typeof STATES)[number];

/** Of a StatefulSet: what of its partition is below rest, and how far the wanted template has come. */
interface SetState {
  readonly lowered: number;
  readonly onDelete: boolean;
  readonly template: 'old' | 'new' | 'new, not observed';
}

export interface RandomCluster {
  readonly engine: ControllerEngine;
  readonly snapshot: ClusterSnapshot;
  /** Version of the pods that were made before the edit. */
  readonly runningVersion: string;
}

/** One value often, the others now and then: most of a cluster is well, so that what is not stands in the way of something. */
function mostly<T>(usual: T, weight: number, others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });
}

const states = fc.array(mostly<State>('serves', 7, STATES), { minLength: 12, maxLength: 12 });
const sets = fc.array(
  fc.record<SetState>({
    lowered: mostly(0, 3, [1, 2, 9]),
    onDelete: mostly(false, 7, [true]),
    template: mostly<SetState['template']>('new', 6, ['old', 'new, not observed']),
  }),
  { minLength: 3, maxLength: 3 },
);
const edits = fc.record({
  upgrades: mostly(true, 2, [false]),
  memory: fc.constantFrom(undefined, '3Gi'),
  grows: mostly(0, 2, [1, 2]),
  adds: mostly(false, 6, [true]),
  pauses: mostly(false, 9, [true]),
});
type Edits = typeof edits extends fc.Arbitrary<infer T> ? T : never;

/** Clusters of one to three pools in the middle of everything: pods in any state, and spec fields that were edited. */
export const clusters: fc.Arbitrary<RandomCluster> = fc
  .record({
    kind: fc.nat(ENGINES.length - 1),
    sizes: fc.array(fc.constantFrom(1, 2, 3, 4), { minLength: 1, maxLength: 2 }),
    edits,
    states,
    sets,
    health: mostly<ClusterHealth>('Green', 6, ['Yellow', 'Red', 'Unknown']),
    obeys: fc.boolean(),
  })
  .map((world) => {
    const engine = ENGINES[world.kind];
    if (!engine) throw new Error('there is no engine');
    const placed = place(engine, edited(engine, world.sizes, world.edits), world);
    const snapshot = withView(placed, (view) => (view.health === undefined ? view : { ...view, health: world.health }));
    const runningVersion = versionsOf(engine).old;
    return {
      engine,
      snapshot: world.obeys ? inForce(engine, snapshot) : snapshot,
      runningVersion,
      [fc.toStringMethod]: () => JSON.stringify({ ...world, kind: engine.name }),
    };
  });

/** What is ordered for the whole cluster is done, and the master that is there says so; whoever does not run it does not list. */
function inForce(engine: ControllerEngine, snapshot: ClusterSnapshot): ClusterSnapshot {
  const ordered = mapNodes(snapshot, (node) => {
    const orders = engine.orders(snapshot, node);
    return node.pilot === undefined || orders === undefined
      ? node
      : { ...node, pilot: { ...node.pilot, spec: { ...node.pilot.spec, orders } } };
  });
  const nodes = ordered.pools.flatMap((pool) => pool.nodes);
  const orders = nodes.find(({ pilot }) => pilot?.spec.orders)?.pilot?.spec.orders;
  const down = new Set(nodes.filter((node) => isDown(node, snapshot.now)).map(({ name }) => name));
  return withView(ordered, (view) => {
    if (orders === undefined || view.orders === undefined) return view;
    const done = obeyed(view, orders, 1);
    return { ...done, members: done.members.filter(({ name = '' }) => !down.has(name)) };
  });
}

function edited(
  engine: ControllerEngine,
  sizes: readonly number[],
  { upgrades, memory, grows, adds, pauses }: Edits,
): ClusterSnapshot {
  const isElastic = engine.name === 'elasticsearch';
  const { old, next } = versionsOf(engine);
  const roles = (index: number): object => (isElastic && index > 0 ? { roles: ['data'] } : {});
  const before = sizes.map((replicas, index) => ({ name: `p${index}`, replicas, ...roles(index) }));
  const resources = memory === undefined ? {} : { resources: { requests: { cpu: '500m' }, limits: { memory } } };
  const after = before.map((pool, index) => ({ ...pool, ...resources, replicas: pool.replicas + (index === 0 ? grows : 0) }));
  const nodePools = adds ? [...after, { name: 'added', replicas: 2, ...roles(1) }] : after;
  const spec = { version: upgrades ? next : old, paused: pauses, nodePools };
  const running = { version: old, paused: false, nodePools: before };
  return isElastic ? elasticsearchSnapshot({ spec, running }) : cassandraSnapshot({ spec, running });
}

function versionsOf({ name }: ControllerEngine): { readonly old: string; readonly next: string } {
  return name === 'elasticsearch' ? { old: '8.15.0', next: '8.16.1' } : { old: '5.0.5', next: '5.0.6' };
}

interface WorldState {
  readonly states: readonly State[];
  readonly sets: readonly SetState[];
}

function place(engine: ControllerEngine, base: ClusterSnapshot, world: WorldState): ClusterSnapshot {
  let nodes = 0;
  const pools = base.pools.map((pool, index): PoolView => {
    const set = world.sets[index];
    const wish = wantedTemplate(base, engine, pool);
    if (pool.statefulSet === undefined || set === undefined || wish === undefined) return pool;
    const isNew = set.template !== 'old';
    const { replicas } = pool.statefulSet;
    const statefulSet = {
      ...pool.statefulSet,
      partition: set.onDelete ? replicas : Math.max(0, replicas - set.lowered),
      onDelete: set.onDelete,
      observed: set.template !== 'new, not observed',
      ...(isNew ? { template: wish.hash } : {}),
      ...(set.template === 'new' ? { updateRevision: wish.name } : {}),
    };
    const inState = (node: NodeView): NodeView => {
      nodes += 1;
      const state = world.states[nodes % world.states.length] ?? 'serves';
      // A pod cannot be of a template that nobody has.
      return nodeIn(node, !isNew && state.endsWith('new') ? 'serves' : state, wish);
    };
    return { ...pool, statefulSet, nodes: pool.nodes.map(inState) };
  });
  return { ...base, pools };
}

type Wish = NonNullable<ReturnType<typeof wantedTemplate>>;

function nodeIn(node: NodeView, state: State, { name, template }: Wish): NodeView {
  const { pod, pilot } = node;
  if (pod === undefined || pilot === undefined) return node;
  const withPod = (fields: Partial<PodView>, report: Partial<typeof pilot.status> = {}): NodeView => ({
    ...node,
    pod: { ...pod, ...fields },
    pilot: { ...pilot, status: { ...pilot.status, ...report } },
  });
  const ofNew = { revision: template.revision, revisionParts: template.parts, controllerRevision: name };
  const isOfVersion = template.version === undefined ? {} : { version: template.version };
  switch (state) {
    case 'serves':
      return node;
    case 'serves, new':
      return withPod(ofNew, isOfVersion);
    case 'starts, new':
      return withPod({ ...ofNew, ready: false }, { phase: 'Starting', health: 'Unhealthy' });
    case 'broken':
      return withPod(
        { ready: false, problem: { reason: 'PodCrashLooping', message: `Pod "${node.name}" is in a crash loop` } },
        { phase: 'Failed', health: 'Unhealthy' },
      );
    case 'silent':
      return withPod({}, { heartbeatTime: iso(NOW - 3_600_000) });
    case 'unready':
      return withPod({ ready: false }, { health: 'Unhealthy' });
    case 'claim deleted':
      return { ...node, volumeDeletedAt: NOW - 5_000 };
    case 'claim deleted, leaving':
      return { ...node, volumeDeletedAt: NOW - 5_000, pilot: { ...pilot, spec: { ...pilot.spec, desired: 'Leaving' } } };
    case 'claim deleted, broken':
      return { ...nodeIn(node, 'broken', { name, hash: '', template }), volumeDeletedAt: NOW - 5_000 };
    case 'going':
      return withPod({ deleting: true, ready: false });
    case 'no pilot': {
      const { pilot: _pilot, ...rest } = node;
      return rest;
    }
    case 'gone': {
      const { pod: _pod, ...rest } = node;
      return rest;
    }
  }
}

/**
 * The same cluster without nodes that nothing can mend: a broken pod of the very template that is asked for, and one that loses its
 * volume where none can.
 */
export function mendable({ engine, snapshot, ...rest }: RandomCluster): RandomCluster {
  const wishes = new Set(snapshot.pools.flatMap((pool) => wantedTemplate(snapshot, engine, pool)?.template.revision ?? []));
  const isReplaceable = engine.name === 'elasticsearch' && (snapshot.pools[0]?.nodes.length ?? 0) > 1;
  const mended = mapNodes(snapshot, ({ volumeDeletedAt, ...rest }) => {
    // The model elects no other master, and its master lists a node for ever.
    const isKept = isReplaceable && rest.pod?.problem === undefined;
    const node: NodeView = volumeDeletedAt !== undefined && isKept ? { ...rest, volumeDeletedAt } : rest;
    const { pod } = node;
    if (pod?.problem === undefined || pod.revision === undefined || !wishes.has(pod.revision)) return node;
    const { problem: _problem, ...well } = pod;
    return { ...node, pod: well };
  });
  return {
    ...rest,
    engine,
    snapshot: { ...mended, cluster: { ...mended.cluster, spec: { ...mended.cluster.spec, paused: false } } },
  };
}
