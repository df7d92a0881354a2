import { REASONS } from '@navigator/api-types';
import { deepFreeze, type StatefulSet } from '@navigator/kube';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ControllerEngine } from './engines/engine.ts';
import { hasNeverRun } from './guards/desired-state.ts';
import { allNodes, isHealthy } from './guards/node-state.ts';
import { plan, type Plan } from './plan.ts';
import type { ClusterSnapshot, NodeView, PoolView, StatefulSetView } from './snapshot.ts';
import { buildStatus } from './status.ts';
import { PlannerModel } from './testing/planner-model.ts';
import { clusters, mendable } from './testing/random-clusters.ts';

/** NAVIGATOR_PROPERTY_RUNS makes it longer. */
const RUNS = Number(process.env['NAVIGATOR_PROPERTY_RUNS'] ?? 600);
/** The same clusters for each commit: what another seed finds is mended when it is looked for. NAVIGATOR_PROPERTY_SEED takes others. */
const SEED = Number(process.env['NAVIGATOR_PROPERTY_SEED'] ?? 20_261);

test(
  'whatever a cluster is in the middle of, a plan does no harm, changes nothing it was given, and explains itself',
  { timeout: 120_000 },
  () => {
    let [stopped, replaced] = [0, 0];
    const property = fc.property(clusters, ({ snapshot, engine }) => {
      const decision = plan(deepFreeze(snapshot), engine);
      // A copy has none of what is remembered about the first one's parts.
      expect(plan(deepFreeze(structuredClone(snapshot)), engine)).toEqual(decision);
      expect(harm(snapshot, decision, engine)).toEqual([]);
      expect(unexplained(snapshot, decision)).toEqual([]);
      if (decision.step?.stops !== undefined) stopped += 1;
      if (decision.step?.stops !== undefined && decision.step.action.name === 'ReplaceNode') replaced += 1;
    });
    fc.assert(property, { numRuns: RUNS, seed: SEED });
    // Else nothing was tried.
    expect(stopped).toBeGreaterThan(RUNS / 100);
    expect(replaced).toBeGreaterThan(0);
  },
);

test('a status that comes back to the pass that wrote it changes nothing, unless it is news', { timeout: 120_000 }, () => {
  let same = 0;
  const property = fc.property(clusters, ({ snapshot: made, engine }) => {
    const first = buildStatus(made, plan(deepFreeze(made), engine), engine);
    const snapshot = deepFreeze({ ...made, cluster: { ...made.cluster, status: first } });
    const decision = plan(snapshot, engine);
    const status = buildStatus(snapshot, decision, engine);
    // See status-echoes.ts.
    if (status.version !== snapshot.cluster.status.version) return;
    const again = deepFreeze({ ...snapshot, cluster: { ...snapshot.cluster, status } });
    const next = plan(again, engine);
    expect(next).toEqual(decision);
    expect(buildStatus(again, next, engine)).toEqual(status);
    same += 1;
  });
  fc.assert(property, { numRuns: RUNS, seed: SEED });
  expect(same).toBeGreaterThan(RUNS / 10);
});

/** At most one serving node is taken, with its name, while all others that are held are healthy and the engine permits it. */
function harm(snapshot: ClusterSnapshot, decision: Plan, engine: ControllerEngine): string[] {
  const { step, objects } = decision;
  if (snapshot.cluster.spec.paused && (step !== undefined || objects.length > 0)) return ['acts in a pause'];
  const taken = servingTaken(snapshot, decision).map(({ name }) => name);
  const deleted = (step?.effects ?? []).flatMap((effect) => (effect.do === 'deletePod' ? [effect.name] : []));
  const nodes = allNodes(snapshot);
  const stops = nodes.find(({ name }) => name === step?.stops);
  const started = nodes.filter((node) => node.wanted && node.pilot !== undefined && node !== stops);
  // One that does not serve may be replaced, whatever else is away.
  const other = stops && serves(snapshot, stops) ? started.find((node) => !serves(snapshot, node)) : undefined;
  const isDoomed = ({ name, volumeDeletedAt }: NodeView): boolean => volumeDeletedAt !== undefined && taken.includes(name);
  const losers = step?.action.name === 'ReplaceNode' ? [] : nodes.filter(isDoomed).map(({ name }) => name);
  const isReplaced = ({ name, volumeDeletedAt }: NodeView): boolean => volumeDeletedAt !== undefined && name === step?.stops;
  return [
    ...(taken.length > 1 ? [`takes ${taken.join(', ')} at once`] : []),
    ...taken.flatMap((name) => (name === step?.stops ? [] : [`takes ${name} without looking at it once more`])),
    ...nodes.flatMap((node) =>
      deleted.includes(node.name) && serves(snapshot, node) && !isReplaced(node) ? [`deletes ${node.name}`] : [],
    ),
    ...nodes.flatMap((node) =>
      deleted.includes(node.name) && node.volumeDeletedAt !== undefined && !isReplaced(node)
        ? [`deletes ${node.name} and its volume`]
        : [],
    ),
    ...losers.map((name) => `takes ${name} and its volume`),
    ...(other === undefined ? [] : [`stops ${stops?.name} while ${other.name} is not healthy`]),
    ...(stops === undefined || mayStop(snapshot, stops, engine) ? [] : [`stops ${stops.name} against the engine`]),
  ];
}

function mayStop(snapshot: ClusterSnapshot, node: NodeView, engine: ControllerEngine): boolean {
  const guard = node.volumeDeletedAt === undefined ? engine.mayRestart(snapshot, node) : engine.mayReplace(snapshot, node);
  return guard.pass || hasNeverRun(snapshot, node);
}

const KNOWN: ReadonlySet<string> = new Set(REASONS);
/** The whole cluster is meant. */
const OF_THE_WHOLE: ReadonlySet<string> = new Set([
  'ClusterHealthUnknown',
  'ClusterHealthRed',
  'ClusterHealthYellow',
  'ClusterNotFormed',
]);

/** What is held up has a reason of the closed union, a message that names an object, and a time for the next look. */
function unexplained({ cluster }: ClusterSnapshot, { pending, hold, requeueAfterMs }: Plan): string[] {
  const held = pending.flatMap(({ blocked }) => (blocked === undefined ? [] : [blocked]));
  const recheckMs = hold?.hold.recheckAfterMs ?? 1;
  const isLookedAt = hold === undefined || cluster.spec.paused || (requeueAfterMs ?? 0) >= 1000;
  return [
    ...held.flatMap(({ reason }) => (KNOWN.has(reason) ? [] : [`reason ${reason}`])),
    ...held.flatMap(({ reason, message }) =>
      OF_THE_WHOLE.has(reason) || /"[^"]+"|spec\./.test(message) ? [] : [`names nothing: ${reason}: ${message}`],
    ),
    ...(recheckMs > 0 && Number.isFinite(recheckMs) ? [] : [`looks again after ${recheckMs} ms`]),
    ...(isLookedAt ? [] : [`waits without an end: ${hold.hold.message}`]),
  ];
}

const ROUNDS = 150;

test('what it asks for, done again and again, comes to rest with all as asked', { timeout: 120_000 }, () => {
  const property = fc.property(clusters.map(mendable), ({ snapshot, engine, runningVersion }) => {
    fc.pre(engine.validate(snapshot.cluster).length === 0);
    const model = new PlannerModel(snapshot, engine, runningVersion);
    let decision = plan(model.snapshot, engine);
    for (let round = 0; round < ROUNDS && !isAtRest(model.snapshot, decision, engine); round += 1) {
      model.round(decision);
      decision = plan(model.snapshot, engine);
    }
    expect(unlike(model.snapshot, decision, engine)).toEqual([]);
  });
  fc.assert(property, { numRuns: Math.ceil(RUNS / 10), seed: SEED });
});

function isAtRest(snapshot: ClusterSnapshot, decision: Plan, engine: ControllerEngine): boolean {
  return unlike(snapshot, decision, engine).length === 0;
}

/** What is not as the spec asks, in words. */
function unlike(snapshot: ClusterSnapshot, decision: Plan, engine: ControllerEngine): string[] {
  const waiting = decision.pending.map(({ action, target, blocked }) => `${action} ${target}: ${blocked?.message ?? 'goes on'}`);
  const missing = snapshot.pools.flatMap(({ nodes }) => nodes).filter((node) => !isHealthy(node, snapshot.now));
  const old = snapshot.pools
    .flatMap(({ nodes }) => nodes)
    .filter(({ pilot }) => pilot?.status.version !== snapshot.cluster.spec.version);
  const ready = buildStatus(snapshot, decision, engine).conditions.find(({ type }) => type === 'Ready');
  return [
    ...waiting,
    ...missing.map(({ name }) => `${name} does not serve`),
    ...old.map(({ name }) => `${name} has another version`),
    ...(ready?.status === 'True' ? [] : [`not Ready: ${ready?.message}`]),
  ];
}

function serves(snapshot: ClusterSnapshot, node: NodeView): boolean {
  return node.pod?.deleting === false && isHealthy(node, snapshot.now);
}

/** Serving nodes that a StatefulSet, as the plan wants it, would take or remove, and as it is now would not. */
function servingTaken(snapshot: ClusterSnapshot, { objects, step }: Plan): NodeView[] {
  const applied = (step?.effects ?? []).flatMap((effect) => (effect.do === 'apply' ? [effect.object] : []));
  const sets = [...objects, ...applied].filter(({ kind }) => kind === 'StatefulSet') as StatefulSet[];
  return snapshot.pools.flatMap((pool) => {
    const wish = sets.find(({ metadata }) => metadata.name === pool.statefulSetName);
    const live = pool.statefulSet;
    if (wish === undefined || live === undefined) return [];
    const strategy = wish.spec?.updateStrategy;
    const isSameTemplate = hasTemplate(wish, live.template);
    const wantedRevision = isSameTemplate && live.observed ? live.updateRevision : undefined;
    const isNew = ({ pod, name }: NodeView): boolean =>
      pod?.controllerRevision === wantedRevision || pod?.controllerRevision?.startsWith(`${setOf(name)}-of-`) === true;
    const before = new Set(takenBy(pool, live, (node) => isNew(node) === isSameTemplate));
    const partition = strategy?.rollingUpdate?.partition ?? 0;
    const wanted = { replicas: wish.spec?.replicas ?? 0, partition, onDelete: strategy?.type === 'OnDelete' };
    return takenBy(pool, wanted, isNew).filter((node) => serves(snapshot, node) && !before.has(node));
  });
}

function setOf(pod: string): string {
  return pod.slice(0, pod.lastIndexOf('-'));
}

function hasTemplate({ metadata }: StatefulSet, template: string | undefined): boolean {
  return template !== undefined && Object.values(metadata.annotations ?? {}).includes(template);
}

type SetShape = Pick<StatefulSetView, 'replicas' | 'partition' | 'onDelete'>;

function takenBy(
  { nodes }: PoolView,
  { replicas, partition, onDelete }: SetShape,
  isKept: (node: NodeView) => boolean,
): NodeView[] {
  return nodes.filter((node) => node.ordinal >= replicas || (!onDelete && node.ordinal >= partition && !isKept(node)));
}
