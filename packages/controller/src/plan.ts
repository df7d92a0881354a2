import { ANNOTATIONS, HEARTBEAT_EXPIRY_MS, type PlannedAction } from '@navigator/api-types';
import type { KubeObject } from '@navigator/kube';
import type { Action, Effect, EventNote, Hold, Verdict } from './actions/action.ts';
import type { ControllerEngine, FieldError } from './engines/engine.ts';
import { formatMembers } from './resources/initial-members.ts';
import { evaluate, type Judged } from './evaluate.ts';
import { isReporting, RECHECK_MS, wantedNodes } from './guards/node-state.ts';
import { heldReplicas } from './guards/pool-size.ts';
import { rollOf } from './guards/roll.ts';
import { inTurn, refusalOf } from './refused-step.ts';
import { buildClusterObjects } from './resources/cluster-objects.ts';
import { childOwner } from './resources/labels.ts';
import { buildPilot } from './resources/pilot.ts';
import { revisionOf } from './resources/revision.ts';
import { buildStatefulSet } from './resources/stateful-set.ts';
import { planSecrets, type SecretsPlan } from './security/plan-secrets.ts';
import type { SecretsOrder, SecretTask } from './security/wanted.ts';
import type { ClaimView, ClusterSnapshot, PoolView } from './snapshot.ts';
import { suspensionNotes } from './suspension.ts';
import { invalidFields } from './validity.ts';

/** The decision of one pass: what every child shall be, and at most one step of one Action. */
export interface Plan {
  /** Annotations that the cluster object lacks. They guard the bootstrap, so they are written before anything else. */
  readonly clusterAnnotations?: Readonly<Record<string, string>>;
  /** Secrets to be made or changed, before the children that mount them. Absent when there are none. */
  readonly secrets?: SecretsOrder;
  /** Every child as it shall be; applying one that is as it shall be writes nothing. */
  readonly objects: readonly KubeObject[];
  readonly step?: { readonly action: Action; readonly effects: readonly Effect[]; readonly stops?: string };
  /** The Actions still to come, in order, the step first if there is one. */
  readonly pending: readonly PlannedAction[];
  /** Why the first pending Action that is held up does not go on. */
  readonly hold?: { readonly action: Action; readonly hold: Hold };
  /** Warnings about what is held up. */
  readonly notes: readonly EventNote[];
  /** What in the spec cannot be acted on; nothing else is planned then. */
  readonly invalid: readonly FieldError[];
  /** When to look again although nothing changed, in ms. */
  readonly requeueAfterMs?: number;
}

/** Decides one pass. Pure: the same snapshot gives the same plan. */
export function plan(snapshot: ClusterSnapshot, engine: ControllerEngine): Plan {
  const nothing: Plan = { objects: [], pending: [], notes: [], invalid: [] };
  if (snapshot.cluster.deleting) return nothing;
  const invalid = invalidFields(snapshot.cluster, engine);
  const going = snapshot.claims.find((claim) => claim.leaving);
  if (going !== undefined && snapshot.cluster.annotations[ANNOTATIONS.initialMembers] === undefined)
    return { ...nothing, ...waitForClaim(snapshot, going) };
  const idleRecheck = recheck(snapshot, []);
  const idle = idleRecheck === undefined ? {} : { requeueAfterMs: idleRecheck };
  if (invalid.length > 0) return { ...nothing, ...idle, invalid };
  const judged = withExclusiveLane(evaluate(snapshot, engine));
  const ready = judged.map(({ verdict }) => verdict).filter((verdict) => verdict.is === 'ready');
  const step = inTurn(snapshot, ready);
  const pending = judged.map(({ verdict }) => {
    const refusal = verdict.is === 'ready' && verdict !== step ? refusalOf(snapshot, verdict.action) : undefined;
    return refusal === undefined ? planned(verdict) : { ...planned(verdict), blocked: refusal };
  });
  const held = judged.map(({ verdict }) => verdict).find((verdict) => verdict.is !== 'ready');
  const notes = [...notesOf(judged), ...suspensionNotes(snapshot, engine)];
  const common = { pending, invalid, notes, ...(held === undefined ? {} : { hold: held }) };
  if (snapshot.cluster.spec.paused) return { ...common, ...idle, objects: [], notes: [] };
  const secrets = secretsPlan(snapshot, engine);
  const requeueAfterMs = sooner(recheck(snapshot, judged), secrets.recheckAfterMs);
  const annotations = missingAnnotations(snapshot, engine);
  return {
    ...common,
    ...(annotations === undefined ? {} : { clusterAnnotations: annotations }),
    ...(secrets.tasks.length === 0 ? {} : { secrets: orderOf(snapshot, engine, secrets.tasks) }),
    objects: children(snapshot, engine, step?.effects ?? []),
    ...(step === undefined ? {} : { step: stepOf(step) }),
    ...(requeueAfterMs === undefined ? {} : { requeueAfterMs }),
  };
}

/**
 * Volumes of a cluster of this name that was deleted with them are still on their way out. Whether they hold a cluster decides
 * who forms this one, so nothing is begun before they are gone.
 */
function waitForClaim({ cluster }: ClusterSnapshot, { name }: ClaimView): Pick<Plan, 'pending' | 'hold' | 'requeueAfterMs'> {
  const nodePool = cluster.spec.nodePools[0]?.name ?? '';
  const action: Action = { name: 'CreateNodePool', nodePool, why: `spec.nodePools has "${nodePool}"` };
  const message = `Volume claim "${name}" of a deleted cluster of this name is being deleted`;
  const hold: Hold = { reason: 'ClusterNotFormed', message, recheckAfterMs: RECHECK_MS };
  return { pending: [planned({ is: 'blocked', action, hold })], hold: { action, hold }, requeueAfterMs: RECHECK_MS };
}

function secretsPlan(snapshot: ClusterSnapshot, engine: ControllerEngine): SecretsPlan {
  const { cluster, secrets, now, pools, removedPools } = snapshot;
  const wanted = engine.secrets(cluster);
  if (wanted === undefined) return { tasks: [] };
  // Pods of a pool that goes stay as they were made, whatever the spec says since.
  const rolling = [...pools, ...removedPools].some(({ spec, nodes }) =>
    nodes.some(({ pod }) => pod !== undefined && (!spec || pod.revision !== revisionOf(cluster, spec, engine))),
  );
  return planSecrets({ wanted, secrets, now, rolling });
}

function orderOf({ cluster, now }: ClusterSnapshot, engine: ControllerEngine, tasks: readonly SecretTask[]): SecretsOrder {
  return { metadata: childOwner(cluster, engine), now, tasks };
}

function sooner(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

function stepOf({ action, effects, stops }: Extract<Verdict, { is: 'ready' }>): NonNullable<Plan['step']> {
  return { action, effects, ...(stops === undefined ? {} : { stops }) };
}

/**
 * Exclusive Actions share one lane per cluster: the first that is not satisfied, whatever its state, holds up the others, so an
 * upgrade and a scale asked for together happen in that order and never at once. What must not wait for its turn comes first.
 */
function withExclusiveLane(judged: readonly Judged[]): readonly Judged[] {
  const lane = judged.filter(({ definition }) => definition.exclusive);
  const first = lane.find(({ verdict }) => verdict.first) ?? lane.find(({ verdict }) => !isYielding(verdict)) ?? lane[0];
  if (first === undefined) return judged;
  const others = lane.filter((entry) => entry !== first);
  const held = others.map(({ definition, verdict }) => ({
    definition,
    verdict: isYielding(verdict) ? verdict : behind(verdict, first.verdict.action),
  }));
  const beside = judged.filter(({ definition }) => !definition.exclusive);
  const isLast = ({ definition }: Judged): boolean => definition.name === 'ResizeVolume';
  // A storage class may refuse for ever, and the spec may not be taken back: that must hold up nothing else.
  return [...beside.filter((entry) => !isLast(entry)), first, ...beside.filter(isLast), ...held];
}

function isYielding(verdict: Verdict): boolean {
  return verdict.is !== 'ready' && verdict.yields === true;
}

function behind(verdict: Verdict, first: Action): Verdict {
  const message = `Comes after ${first.name} of node pool "${first.nodePool}"`;
  return { is: 'blocked', action: verdict.action, hold: { reason: 'ActionRunning', message, recheckAfterMs: RECHECK_MS } };
}

function planned(verdict: Verdict): PlannedAction {
  const { name, nodePool, target, why } = verdict.action;
  const blocked = verdict.is === 'ready' ? {} : { blocked: { reason: verdict.hold.reason, message: verdict.hold.message } };
  return { action: name, nodePool, ...(target === undefined ? {} : { target }), why, ...blocked };
}

function notesOf(judged: readonly Judged[]): readonly EventNote[] {
  return judged.flatMap(({ verdict }) =>
    verdict.is === 'ready' || verdict.hold.event === undefined ? [] : [verdict.hold.event],
  );
}

/** initial-members is fixed before the first pod; cluster-id ends the bootstrap for good. Neither is ever changed here. */
function missingAnnotations(snapshot: ClusterSnapshot, engine: ControllerEngine): Record<string, string> | undefined {
  const { annotations } = snapshot.cluster;
  if (annotations[ANNOTATIONS.initialMembers] === undefined)
    return { [ANNOTATIONS.initialMembers]: formatMembers(engine.initialMembers(snapshot)) };
  if (annotations[ANNOTATIONS.clusterId] !== undefined) return undefined;
  const clusterId = engine.clusterId(snapshot);
  return clusterId === undefined ? undefined : { [ANNOTATIONS.clusterId]: clusterId };
}

function children(snapshot: ClusterSnapshot, engine: ControllerEngine, effects: readonly Effect[]): readonly KubeObject[] {
  const stepped = new Set(effects.flatMap((effect) => (effect.do === 'apply' ? [keyOf(effect.object)] : [])));
  return [
    ...buildClusterObjects(snapshot, engine),
    ...[...snapshot.pools, ...snapshot.removedPools].flatMap((pool) => poolChildren(snapshot, engine, pool)),
  ].filter((object) => !stepped.has(keyOf(object)));
}

function poolChildren(snapshot: ClusterSnapshot, engine: ControllerEngine, pool: PoolView): readonly KubeObject[] {
  const pilots = pool.nodes
    .filter((node) => node.pilot?.deleting === false)
    .map((node) => buildPilot({ snapshot, engine, pool: pool.name, ordinal: node.ordinal }));
  const spec = pool.spec;
  const roll = rollOf({ snapshot, engine, view: pool });
  if (roll === undefined || spec === undefined) return pilots;
  const { replicas, heldPartition: partition, heldOnDelete: onDelete } = roll;
  return [...pilots, buildStatefulSet({ snapshot, engine, pool: spec, replicas, partition, onDelete })];
}

function keyOf(object: KubeObject): string {
  return `${object.kind}/${object.metadata.name}`;
}

/** The next look: at the earliest recheck of a hold, and when the next silent pilot would become unknown. */
function recheck(snapshot: ClusterSnapshot, judged: readonly Judged[]): number | undefined {
  const holds = judged.flatMap(({ verdict }) => (verdict.is === 'ready' ? [] : [verdict.hold.recheckAfterMs]));
  const beats = wantedNodes(snapshot)
    .filter((node) => isReporting(node, snapshot.now))
    .map((node) => Date.parse(node.pilot?.status.heartbeatTime ?? '') + HEARTBEAT_EXPIRY_MS + 1000 - snapshot.now);
  // That a pod is missing for long is seen by no event.
  const isMissing = snapshot.pools.some((pool) =>
    pool.nodes.some((node) => node.pod === undefined && node.ordinal < heldReplicas(pool)),
  );
  const all = [...holds, ...beats, ...(isMissing ? [RECHECK_MS] : [])].filter((ms) => Number.isFinite(ms));
  return all.length === 0 ? undefined : Math.max(1000, Math.min(...all));
}
