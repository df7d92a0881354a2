import { CONDITION_TYPES, type Condition, type ConditionType, type Reason, withAdvice } from '@navigator/api-types';
import type { HealthReport } from './engines/engine.ts';
import { holdForNode, isHealthy, wantedNodes } from './guards/node-state.ts';
import type { Plan } from './plan.ts';
import type { ClusterSnapshot } from './snapshot.ts';
import { suspendedNodes, unknownNodes } from './suspension.ts';

/** Reasons that do not go away by waiting: somebody has to change something. */
const NEEDS_SOMEBODY: ReadonlySet<Reason> = new Set([
  'InvalidSpec',
  'PersistenceFixed',
  'ForeignObject',
  'SecretInvalid',
  'PodNotScheduled',
  'PodCrashLooping',
  'ImagePullFailed',
  'DataRefused',
  'TooFewNodes',
  'NoRoom',
  'ScaleInUnsupported',
  'NodePoolRemovalUnsupported',
  'DataNotElsewhere',
  'ReplaceUnsupported',
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
      message: withAdvice(finding.reason, finding.message),
      observedGeneration: input.snapshot.cluster.generation,
      lastTransitionTime: kept ? before.lastTransitionTime : new Date(input.snapshot.now).toISOString(),
    };
  });
}

function find(input: Input): Record<ConditionType, Finding> {
  const { snapshot, health } = input;
  const obstacle = obstacleOf(input);
  const isSuspended = obstacle?.reason === 'NodeSuspended';
  const stalled = obstacle !== undefined && (isSuspended || NEEDS_SOMEBODY.has(obstacle.reason));
  // What is fixed awaits a person from the first moment on, while all else is being done.
  const person = stalled ? obstacle : whatIsFixed(snapshot);
  const asExpected: Omit<Finding, 'status'> = { reason: 'AsExpected', message: 'Every node runs what the spec asks for' };
  return {
    Ready: withUnknownSuspended(snapshot, { status: obstacle === undefined ? 'True' : 'False', ...(obstacle ?? asExpected) }),
    Reconciling:
      obstacle === undefined || stalled || snapshot.cluster.spec.paused
        ? { status: 'False', ...(obstacle ?? asExpected) }
        : { status: 'True', ...obstacle },
    Stalled:
      person === undefined
        ? { status: 'False', reason: 'AsExpected', message: 'Nothing waits for a person' }
        : { status: 'True', ...person },
    Degraded: degraded(snapshot, health),
    Paused: snapshot.cluster.spec.paused
      ? { status: 'True', reason: 'Paused', message: 'spec.paused is true: Navigator changes nothing' }
      : { status: 'False', reason: 'NotPaused', message: 'spec.paused is false' },
  };
}

/** A suspended name that is nobody's is told, and keeps the cluster from nothing. */
function withUnknownSuspended(snapshot: ClusterSnapshot, finding: Finding): Finding {
  const unknown = unknownNodes(snapshot);
  return unknown === undefined ? finding : { ...finding, message: `${finding.message}; ${unknown}` };
}

/** What keeps the cluster from being as the spec asks, worst first; undefined when nothing does. */
function obstacleOf({ snapshot, plan, health }: Input): Omit<Finding, 'status'> | undefined {
  const wrong = plan.invalid[0];
  if (wrong !== undefined) return { reason: 'InvalidSpec', message: `${wrong.path}: ${wrong.message}` };
  const broken = worstOf(snapshot);
  if (broken !== undefined && NEEDS_SOMEBODY.has(broken.reason)) return broken;
  const suspended = suspendedNodes(snapshot);
  if (suspended !== undefined) return { reason: 'NodeSuspended', message: suspended };
  const planned = inThePlan(snapshot, plan);
  if (planned !== undefined) return planned;
  const fixed = whatIsFixed(snapshot);
  if (fixed !== undefined) return fixed;
  if (health.health === 'Unknown' && health.concern !== undefined) return health.concern;
  if (broken !== undefined) return broken;
  const outOfStep = wantedNodes(snapshot).find((candidate) => candidate.pilot?.status.version !== snapshot.cluster.spec.version);
  if (outOfStep !== undefined) {
    const message = `Pilot "${outOfStep.name}" reports version "${outOfStep.pilot?.status.version ?? 'unknown'}", "${snapshot.cluster.spec.version}" is wanted; does the image hold that version?`;
    return { reason: 'PilotOutdated', message };
  }
  if (health.health === 'Unknown') return { reason: 'ClusterHealthUnknown', message: health.message };
  if (health.health === 'Red') return { reason: 'ClusterHealthRed', message: health.message };
  return undefined;
}

/** What the spec asks of volumes and their living StatefulSet cannot have. All else is done; only this never will be. */
function whatIsFixed({ pools }: ClusterSnapshot): Omit<Finding, 'status'> | undefined {
  const messages = pools.flatMap(({ name, statefulSetName, fixed = [] }) =>
    fixed.map(
      ({ field, asked, has }) =>
        `spec.nodePools "${name}": persistence.${field} is ${asked}, but StatefulSet "${statefulSetName}" was made with ${has} and keeps it`,
    ),
  );
  return messages.length === 0 ? undefined : { reason: 'PersistenceFixed', message: messages.join('; ') };
}

/** What is still to be done, or what holds it up. */
function inThePlan(snapshot: ClusterSnapshot, { hold, step, pending }: Plan): Omit<Finding, 'status'> | undefined {
  if (snapshot.cluster.spec.paused && pending[0] !== undefined) {
    const { action, target, nodePool, why } = pending[0];
    return { reason: 'Paused', message: `spec.paused is true: ${action} of "${target ?? nodePool}" waits (${why})` };
  }
  // What merely comes after the Action that is being done is not in the way.
  const isInTheWay = step === undefined || hold?.hold.reason !== 'ActionRunning';
  if (hold !== undefined && isInTheWay)
    return {
      reason: hold.hold.reason,
      message: `${hold.action.name} of "${hold.action.target ?? hold.action.nodePool}" waits: ${hold.hold.message}`,
    };
  const action = step?.action ?? pending[0];
  if (action !== undefined) {
    const name = 'name' in action ? action.name : action.action;
    return { reason: 'ActionRunning', message: `${name} of "${action.target ?? action.nodePool ?? ''}": ${action.why}` };
  }
  return undefined;
}

/** Why a wanted node is not healthy: the first that needs somebody, for others may only wait for that one. */
function worstOf(snapshot: ClusterSnapshot): Omit<Finding, 'status'> | undefined {
  const holds = wantedNodes(snapshot)
    .filter((node) => !isHealthy(node, snapshot.now))
    .map(holdForNode);
  const worst = holds.find(({ reason }) => NEEDS_SOMEBODY.has(reason)) ?? holds[0];
  return worst === undefined ? undefined : { reason: worst.reason, message: worst.message };
}

/** A node that serves goes on with what it had when a Secret is not right; clients may notice all the same. */
function secretTold(snapshot: ClusterSnapshot): string | undefined {
  const node = wantedNodes(snapshot).find(({ pilot }) => pilot?.status.concerns === 'Secret');
  return node === undefined ? undefined : `Pilot "${node.name}": ${node.pilot?.status.message ?? ''}`;
}

function degraded(snapshot: ClusterSnapshot, { health, message, concern }: HealthReport): Finding {
  if (health === 'Red') return { status: 'True', reason: 'ClusterHealthRed', message };
  if (health === 'Yellow') return { status: 'True', reason: 'ClusterHealthYellow', message };
  if (concern !== undefined) return { status: 'True', ...concern };
  const worst = worstOf(snapshot);
  if (worst !== undefined) return { status: 'True', ...worst };
  const told = secretTold(snapshot);
  if (told !== undefined) return { status: 'True', reason: 'SecretInvalid', message: told };
  if (health === 'Unknown') return { status: 'Unknown', reason: 'ClusterHealthUnknown', message };
  return { status: 'False', reason: 'AsExpected', message: 'All nodes are healthy' };
}
