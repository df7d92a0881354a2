import { isDeepStrictEqual } from 'node:util';
import type { StatefulSet } from '@navigator/kube';
import { expect, test } from 'vitest';
import type { ControllerEngine } from './engines/engine.ts';
import { ENGINES } from './engines/registry.ts';
import { isHealthy } from './guards/node-state.ts';
import { plan, type Plan } from './plan.ts';
import { revisionOf } from './resources/revision.ts';
import { templateHash } from './resources/stateful-set.ts';
import type { ClusterSnapshot, NodeView, PodView, PoolView } from './snapshot.ts';
import { buildStatus } from './status.ts';
import { withHanging } from './testing/pods.ts';
import { cassandraSnapshot, elasticsearchSnapshot, iso, mapNodes, nodesOf, NOW } from './testing/snapshots.ts';

/**
 * Every combination of a small world, three nodes in one pool: what each pod is, how far its StatefulSet has got, and what
 * was edited. Many of them can be reached only by a crash, an old cache or a hand; the planner must be safe in all.
 */
const STATES = [
  'served by the old',
  'served by the new',
  'new, starting',
  'old, broken',
  'old, waits in vain',
  'silent',
  'gone',
  'going',
] as const;
type State = (typeof STATES)[number];

const SETS = [0, 1, 2, 3, 'OnDelete'] as const;
const TEMPLATES = ['old', 'new', 'new, not observed'] as const;
interface Small {
  readonly states: readonly [State, State, State];
  readonly set: (typeof SETS)[number];
  readonly template: (typeof TEMPLATES)[number];
}

const MEMORY = { requests: { cpu: '500m' }, limits: { memory: '3Gi' } };
const EDITS = {
  upgrade: (version: string) => ({ version, replicas: 3 }),
  'upgrade and scale': (version: string) => ({ version, replicas: 4 }),
  resources: (_version: string, old: string) => ({ version: old, replicas: 3, resources: MEMORY }),
  paused: (version: string) => ({ version, replicas: 4, paused: true }),
} as const;

function everyWorld(): Small[] {
  const triples = STATES.flatMap((a) => STATES.flatMap((b) => STATES.map((c): readonly [State, State, State] => [a, b, c])));
  return TEMPLATES.flatMap((template) =>
    SETS.flatMap((set) =>
      triples
        // A pod cannot be of a template that nobody has.
        .filter((states) => template !== 'old' || !states.some((state) => state.includes('new')))
        .map((states) => ({ states, set, template })),
    ),
  );
}

function snapshotOf(kind: string, edit: keyof typeof EDITS): ClusterSnapshot {
  const isElastic = kind === 'ElasticsearchCluster';
  const [old, next, name] = isElastic ? ['8.15.0', '8.16.1', 'mixed'] : ['5.0.5', '5.0.6', 'ring'];
  const { version, replicas, ...more } = { resources: undefined, paused: false, ...EDITS[edit](next, old) };
  const pool = { name, replicas, ...(more.resources === undefined ? {} : { resources: more.resources }) };
  const spec = { version, paused: more.paused, nodePools: [pool] };
  const running = { version: old, paused: false, nodePools: [{ name, replicas: 3 }] };
  return isElastic ? elasticsearchSnapshot({ spec, running }) : cassandraSnapshot({ spec, running });
}

interface Names {
  readonly revision: string;
  readonly template: string;
  readonly version: string;
}

function place(base: ClusterSnapshot, { states, set, template }: Small, names: Names): ClusterSnapshot {
  const placed = mapNodes(base, (node) => nodeIn(node, states[node.ordinal], names));
  const hung = nodesOf(base).filter(({ ordinal }) => states[ordinal] === 'old, waits in vain');
  const changed = hung.reduce((snapshot, { name }) => withHanging(snapshot, name), placed);
  const [pool] = changed.pools;
  if (!pool?.statefulSet) throw new Error('the snapshot has no StatefulSet');
  const statefulSet = {
    ...pool.statefulSet,
    partition: set === 'OnDelete' ? 3 : set,
    onDelete: set === 'OnDelete',
    observed: template !== 'new, not observed',
    ...(template === 'old' ? {} : { template: names.template }),
    ...(template === 'new' ? { updateRevision: 'new' } : {}),
  };
  return { ...changed, pools: [{ ...pool, statefulSet }] };
}

function nodeIn(node: NodeView, state: State | undefined, { revision, version }: Names): NodeView {
  const { pod, pilot } = node;
  if (state === undefined || !pod || !pilot) return node;
  const status = pilot.status;
  const withPod = (fields: Partial<PodView>, report: Partial<typeof status> = {}): NodeView => ({
    ...node,
    pod: { ...pod, ...fields },
    pilot: { ...pilot, status: { ...status, ...report } },
  });
  const ofNew = { revision, controllerRevision: 'new' };
  switch (state) {
    case 'served by the old':
    case 'old, waits in vain':
      return node;
    case 'served by the new':
      return withPod(ofNew, { version });
    case 'new, starting':
      return withPod({ ...ofNew, ready: false }, { phase: 'Starting', health: 'Unhealthy' });
    case 'old, broken':
      return withPod(
        { ready: false, problem: { reason: 'PodCrashLooping', message: `Pod "${node.name}" is in a crash loop` } },
        { phase: 'Failed', health: 'Unhealthy' },
      );
    case 'silent':
      return withPod({}, { heartbeatTime: iso(NOW - 3_600_000) });
    case 'going':
      return withPod({ deleting: true, ready: false });
    case 'gone': {
      const { pod: _pod, ...rest } = node;
      return rest;
    }
  }
}

/** Nodes that their StatefulSet would take if it were so. */
function taken(pool: PoolView, set: { partition: number; onDelete: boolean; isNew: boolean }): NodeView[] {
  const isOld = ({ pod }: NodeView): boolean => pod !== undefined && (set.isNew ? pod.controllerRevision !== 'new' : false);
  return set.onDelete ? [] : pool.nodes.filter((node) => node.ordinal >= set.partition && node.ordinal < 3 && isOld(node));
}

interface Case {
  readonly snapshot: ClusterSnapshot;
  readonly decision: Plan;
  readonly engine: ControllerEngine;
  /** Hash of the template that the spec asks for. */
  readonly wanted: string;
}

/** What is wrong with the plan; nothing is the right answer. */
function faults({ snapshot, decision, engine, wanted }: Case): string[] {
  const [pool] = snapshot.pools;
  const live = pool?.statefulSet;
  if (!pool || !live) return ['no pool'];
  const serving = (node: NodeView): boolean => node.pod?.deleting === false && isHealthy(node, snapshot.now);
  const effects = decision.step?.effects ?? [];
  const applied = effects.flatMap((effect) => (effect.do === 'apply' ? [effect.object] : []));
  const sets = [...decision.objects, ...applied].filter(({ kind }) => kind === 'StatefulSet') as StatefulSet[];
  // What the live object says is under way already, seen by its controller or not.
  const before = taken(pool, { ...live, isNew: live.template === wanted });
  const found: string[] = [];
  if (sets.length > 1) found.push('two wishes for one StatefulSet');
  for (const set of sets) {
    const strategy = set.spec?.updateStrategy;
    const wish = { partition: strategy?.rollingUpdate?.partition ?? 0, onDelete: strategy?.type === 'OnDelete', isNew: true };
    const fresh = taken(pool, wish).filter((node) => serving(node) && !before.includes(node));
    if (fresh.length > 1) found.push(`takes ${fresh.length} serving nodes`);
    if (fresh.length === 1 && decision.step === undefined) found.push('takes a serving node without an Action');
    if (fresh.length > 0 && pool.nodes.some((node) => node.ordinal < 3 && !fresh.includes(node) && !serving(node)))
      found.push(`takes ${fresh[0]?.name} while another does not serve`);
    if ((set.spec?.replicas ?? 0) < live.replicas) found.push('takes replicas away');
  }
  for (const effect of effects) {
    if (effect.do !== 'deletePod') continue;
    if (pool.nodes.some((node) => node.name === effect.name && serving(node))) found.push(`deletes ${effect.name}, which serves`);
  }
  return [...found, ...untold({ snapshot, decision, engine })];
}

/** Reasons that name no object because the whole cluster is meant. */
const OF_THE_WHOLE: ReadonlySet<string> = new Set(['ClusterHealthUnknown', 'ClusterHealthRed', 'ClusterNotFormed']);

/** Always it acts, waits with a named reason, or is at rest; and Ready is true only when all is as asked. */
function untold({ snapshot, decision, engine }: Omit<Case, 'wanted'>): string[] {
  const found: string[] = [];
  if (snapshot.cluster.spec.paused)
    return decision.step === undefined && decision.objects.length === 0 ? [] : ['acts in a pause'];
  const hold = decision.hold?.hold;
  const isHeld = hold !== undefined && (/"[^"]+"/.test(hold.message) || OF_THE_WHOLE.has(hold.reason));
  if (decision.step === undefined && decision.pending.length > 0 && !isHeld)
    found.push(`waits without a name: ${hold?.reason}: ${hold?.message}`);
  if (decision.step === undefined && decision.pending.length > 0 && decision.requeueAfterMs === undefined)
    found.push('waits without an end');
  const nodes = snapshot.pools.flatMap((pool) => pool.nodes).filter(({ wanted }) => wanted);
  const isDone = nodes.every(
    (node) =>
      isHealthy(node, snapshot.now) &&
      node.pilot?.status.version === snapshot.cluster.spec.version &&
      node.pod?.controllerRevision === 'new',
  );
  const ready = buildStatus(snapshot, decision, engine).conditions.find(({ type }) => type === 'Ready');
  if (ready?.status === 'True' && !isDone) found.push('Ready although it is not');
  if (ready?.status !== 'True' && !ready?.message) found.push('not Ready, without a word');
  return found;
}

for (const engine of ENGINES) {
  for (const edit of Object.keys(EDITS) as (keyof typeof EDITS)[]) {
    test(
      `${engine.name}, ${edit}: no world of three nodes makes the planner do harm or fall silent`,
      { timeout: 120_000 },
      () => {
        const base = snapshotOf(engine.resource.kind, edit);
        const pool = base.pools[0]?.spec;
        if (!pool) throw new Error('no pool');
        const names = {
          revision: revisionOf(base.cluster, pool, engine),
          template: templateHash({ snapshot: base, engine, pool }),
          version: base.cluster.spec.version,
        };
        const wrong: string[] = [];
        let acted = 0;
        for (const [index, world] of everyWorld().entries()) {
          const snapshot = place(base, world, names);
          const decision = plan(snapshot, engine);
          if (decision.step !== undefined) acted += 1;
          if (index % 97 === 0 && !isDeepStrictEqual(plan(snapshot, engine), decision))
            wrong.push(`${describe(world)}: another plan`);
          for (const fault of faults({ snapshot, decision, engine, wanted: names.template }))
            wrong.push(`${describe(world)}: ${fault}`);
        }
        expect(wrong.slice(0, 10)).toEqual([]);
        expect(acted > 0).toBe(edit !== 'paused');
      },
    );
  }
}

function describe({ states, set, template }: Small): string {
  return `${states.join(' / ')}, partition ${set}, template ${template}`;
}
