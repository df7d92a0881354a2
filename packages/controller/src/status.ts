import type { ActionRecord, ClusterHealth, Condition, NodePoolStatus } from '@navigator/api-types';
import semver from 'semver';
import { buildConditions } from './conditions.ts';
import type { ControllerEngine } from './engines/engine.ts';
import { revisionOf } from './resources/revision.ts';
import { dataVersion } from './guards/data-version.ts';
import { isHealthy, isReporting, wantedNodes } from './guards/node-state.ts';
import type { Plan } from './plan.ts';
import type { ClusterSnapshot, ClusterStatusBase, PoolView } from './snapshot.ts';

/** How many ended Actions the status remembers. */
const HISTORY_LENGTH = 10;

export type ClusterStatus = ClusterStatusBase & Readonly<Record<string, unknown>>;

/**
 * What the cluster is, from the snapshot and the plan only. Times change only with the values that they belong to, so a
 * pass in which nothing happened gives the status that is already there.
 */
export function buildStatus(snapshot: ClusterSnapshot, plan: Plan, engine: ControllerEngine): ClusterStatus {
  const { cluster } = snapshot;
  const report = engine.health(snapshot);
  const conditions: Condition[] = buildConditions({ snapshot, plan, health: report });
  const version = lowestVersion(snapshot);
  const current = plan.pending[0];
  return {
    observedGeneration: cluster.generation,
    conditions,
    health: report.health,
    healthSince: healthSince(snapshot, report.health),
    ...(version === undefined ? {} : { version }),
    ...(current === undefined ? {} : { action: current.action }),
    plan: [...plan.pending],
    history: history(snapshot, plan),
    nodePools: snapshot.pools.map((pool) => poolStatus(snapshot, engine, pool)),
    ...engine.summarize(snapshot),
  };
}

function healthSince(snapshot: ClusterSnapshot, health: ClusterHealth): string {
  const { status } = snapshot.cluster;
  const unchanged = status.health === health && status.healthSince !== undefined;
  return unchanged && status.healthSince !== undefined ? status.healthSince : new Date(snapshot.now).toISOString();
}

/**
 * The lowest version that a node's data was opened with: upgrades are measured from it. As long as one of the nodes that
 * were started does not tell, it does not rise: that one may be the lowest.
 */
export function lowestVersion(snapshot: ClusterSnapshot): string | undefined {
  const started = wantedNodes(snapshot).filter((node) => node.pilot !== undefined);
  const told = started.map(dataVersion);
  const before = told.includes(undefined) ? snapshot.cluster.status.version : undefined;
  return [...told, before]
    .flatMap((version) => (version === undefined || semver.valid(version) === null ? [] : [version]))
    .toSorted(semver.compare)[0];
}

function poolStatus(snapshot: ClusterSnapshot, engine: ControllerEngine, pool: PoolView): NodePoolStatus {
  const spec = pool.spec;
  const revision = spec === undefined ? undefined : revisionOf(snapshot.cluster, spec, engine);
  const { version } = snapshot.cluster.spec;
  const updated = pool.nodes.filter(
    (node) => node.pod?.revision === revision && isReporting(node, snapshot.now) && node.pilot?.status.version === version,
  );
  return {
    name: pool.name,
    replicas: spec?.replicas ?? 0,
    pods: pool.nodes.filter((node) => node.pod !== undefined).length,
    ready: pool.nodes.filter((node) => node.wanted && isHealthy(node, snapshot.now)).length,
    updated: updated.length,
  };
}

/**
 * One record an Action and pool; it stays Running, with a moving target, from its first step until it is satisfied. Of ReplaceNode one a
 * node: each was asked for by itself, and nothing else tells that it is awaited still.
 */
function history(snapshot: ClusterSnapshot, plan: Plan): ActionRecord[] {
  const { cluster } = snapshot;
  const now = new Date(snapshot.now).toISOString();
  const same = (record: ActionRecord, { action, nodePool, target }: Partial<ActionRecord>) =>
    record.action === action && record.nodePool === nodePool && (action !== 'ReplaceNode' || record.target === target);
  const changed = cluster.status.observedGeneration !== cluster.generation;
  const before = cluster.status.history.map((record): ActionRecord => {
    const goesOn = plan.pending.find((pending) => same(record, pending));
    if (record.outcome !== 'Running') return record;
    if (goesOn !== undefined)
      return { ...record, ...(goesOn.target === undefined ? {} : { target: goesOn.target }), message: goesOn.why };
    return { ...record, outcome: changed ? 'Superseded' : 'Succeeded', endedAt: now };
  });
  const { step } = plan;
  if (step === undefined) return before;
  const target = step.action.target === undefined ? {} : { target: step.action.target };
  const begins = { action: step.action.name, nodePool: step.action.nodePool, ...target };
  if (before.some((record) => record.outcome === 'Running' && same(record, begins))) return before;
  const record: ActionRecord = { ...begins, message: step.action.why, startedAt: now, outcome: 'Running' };
  return [record, ...before].slice(0, HISTORY_LENGTH);
}
