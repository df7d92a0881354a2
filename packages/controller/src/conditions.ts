import { CONDITION_TYPES, type Condition, type ConditionType, type Reason } from '@navigator/api-types';
import type { HealthReport } from './engines/engine.ts';
import { firstUnhealthy, holdForNode, wantedNodes, isHealthy } from './guards/node-state.ts';
import type { Plan } from './plan.ts';
import type { ClusterSnapshot } from './snapshot.ts';

/** Reasons that do not go away by waiting: somebody has to change something. */
const NEEDS_SOMEBODY: ReadonlySet<Reason> = new Set([
  'InvalidSpec',
  'ForeignObject',
  'PodNotScheduled',
  'PodCrashLooping',
  'ImagePullFailed',
  'DataRefused',
  'ScaleInUnsupported',
  'NodePoolRemovalUnsupported',
  'VersionPath',
]);

interface Input {
  readonly snapshot: ClusterSnapshot;
  readonly plan: Plan;
  readonly health: HealthReport;
}

interface Finding {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: Reason;
  readonly message: string;
}

/** All conditions of a cluster; a condition's time changes only when its status does. */
export function buildConditions(input: Input): Condition[] {
  const findings = find(input);
  return CONDITION_TYPES.map((type) => {
    const before = input.snapshot.cluster.status.conditions.find((condition) => condition.type === type);
    const finding = findings[type];
    const kept = before !== undefined && before.status === finding.status;
    return {
      type,
      ...finding,
      observedGeneration: input.snapshot.cluster.generation,
      lastTransitionTime: kept ? before.lastTransitionTime : new Date(input.snapshot.now).toISOString(),
    };
  });
}

function find(input: Input): Record<ConditionType, Finding> {
  const { snapshot, health } = input;
  const obstacle = obstacleOf(input);
  const stalled = obstacle !== undefined && NEEDS_SOMEBODY.has(obstacle.reason);
  const asExpected: Omit<Finding, 'status'> = { reason: 'AsExpected', message: 'Every node runs what the spec asks for' };
  return {
    Ready: obstacle === undefined ? { status: 'True', ...asExpected } : { status: 'False', ...obstacle },
    Reconciling:
      obstacle === undefined || stalled || snapshot.cluster.spec.paused
        ? { status: 'False', ...(obstacle ?? asExpected) }
        : { status: 'True', ...obstacle },
    Stalled: stalled
      ? { status: 'True', ...obstacle }
      : { status: 'False', reason: 'AsExpected', message: 'Nothing waits for a person' },
    Degraded: degraded(snapshot, health),
    Paused: snapshot.cluster.spec.paused
      ? { status: 'True', reason: 'Paused', message: 'spec.paused is true: Navigator changes nothing' }
      : { status: 'False', reason: 'NotPaused', message: 'spec.paused is false' },
  };
}

/** What keeps the cluster from being as the spec asks, worst first; undefined when nothing does. */
function obstacleOf({ snapshot, plan, health }: Input): Omit<Finding, 'status'> | undefined {
  const wrong = plan.invalid[0];
  if (wrong !== undefined) return { reason: 'InvalidSpec', message: `${wrong.path}: ${wrong.message}` };
  const removed = snapshot.removedPools[0];
  if (removed !== undefined) {
    const message = `StatefulSet "${removed.statefulSetName}" belongs to node pool "${removed.name}", which the spec no longer names; put the pool back`;
    return { reason: 'NodePoolRemovalUnsupported', message };
  }
  const node = firstUnhealthy(snapshot);
  const broken = node === undefined ? undefined : holdForNode(node);
  if (broken !== undefined && NEEDS_SOMEBODY.has(broken.reason)) return { reason: broken.reason, message: broken.message };
  const { hold, step, pending } = plan;
  if (hold !== undefined)
    return {
      reason: hold.hold.reason,
      message: `${hold.action.name} of "${hold.action.target ?? hold.action.nodePool}" waits: ${hold.hold.message}`,
    };
  const action = step?.action ?? pending[0];
  if (action !== undefined) {
    const name = 'name' in action ? action.name : action.action;
    return { reason: 'ActionRunning', message: `${name} of "${action.target ?? action.nodePool ?? ''}": ${action.why}` };
  }
  if (broken !== undefined) return { reason: broken.reason, message: broken.message };
  const outOfStep = wantedNodes(snapshot).find((candidate) => candidate.pilot?.status.version !== snapshot.cluster.spec.version);
  if (outOfStep !== undefined) {
    const message = `Pilot "${outOfStep.name}" reports version "${outOfStep.pilot?.status.version ?? 'unknown'}", "${snapshot.cluster.spec.version}" is wanted; does the image hold that version?`;
    return { reason: 'PilotOutdated', message };
  }
  if (health.health === 'Unknown') return { reason: 'ClusterHealthUnknown', message: health.message };
  if (health.health === 'Red') return { reason: 'ClusterHealthRed', message: health.message };
  return undefined;
}

function degraded(snapshot: ClusterSnapshot, { health, message }: HealthReport): Finding {
  const unhealthy = wantedNodes(snapshot).filter((node) => !isHealthy(node, snapshot.now));
  if (health === 'Red') return { status: 'True', reason: 'ClusterHealthRed', message };
  if (health === 'Yellow') return { status: 'True', reason: 'ClusterHealthYellow', message };
  const first = unhealthy[0];
  if (first !== undefined) return { status: 'True', reason: holdForNode(first).reason, message: holdForNode(first).message };
  if (health === 'Unknown') return { status: 'Unknown', reason: 'ClusterHealthUnknown', message };
  return { status: 'False', reason: 'AsExpected', message: 'All nodes are healthy' };
}
