import { RECHECK_MS } from '../guards/node-state.ts';
import { type RollScope, rollScopes } from '../guards/roll.ts';
import { claimOf } from '../resources/claims.ts';
import { bytesOf, canonicalQuantity } from '../resources/quantity.ts';
import type { ClaimView, NodeView } from '../snapshot.ts';
import type { Action, ActionDefinition, Effect, Hold, Verdict } from './action.ts';
import { stepEvent } from './effects.ts';

/**
 * ResizeVolume: gives every volume of a pool the size that the spec asks for, while its node runs on.
 *
 * 1. Each claim asks for the new size, all at once, whatever the nodes are doing: a full disk must not wait for health. Whether
 *    the storage class can do it the API server says (admission PersistentVolumeClaimResize).
 * 2. Every claim has its size.
 * 3. The claim template of a StatefulSet cannot be changed, so the StatefulSet is deleted without its pods, and CreateNodePool
 *    makes it again; Kubernetes gives it the pods and their revisions by label. Only at rest: a new StatefulSet takes its newest
 *    template for its current one, so a pod that dies would take a change that is not rolled out to it yet.
 *
 * Nothing is remembered: what claims ask for, what they have and what the template says tell how far it is.
 */
export const resizeVolume: ActionDefinition = {
  name: 'ResizeVolume',
  exclusive: false,
  evaluate(snapshot, engine) {
    const scopes = rollScopes(snapshot, engine, snapshot.pools).filter(({ pool }) => pool.persistence.enabled);
    return allGrowth(scopes.flatMap(evaluatePool));
  },
};

/** One verdict for the claims of all pools, after what is ready besides: one that is refused holds up none. */
function allGrowth(verdicts: readonly Verdict[]): readonly Verdict[] {
  const isGrowth = (verdict: Verdict): boolean => verdict.is === 'ready' && verdict.effects.some(isClaim);
  const effects = verdicts.filter(isGrowth).flatMap((verdict) => (verdict.is === 'ready' ? verdict.effects : []));
  const others = verdicts.filter((verdict) => !isGrowth(verdict));
  const first = verdicts.find(isGrowth);
  if (first?.is !== 'ready') return others;
  const claimsFirst = [...effects.filter(isClaim), ...effects.filter((effect) => !isClaim(effect))];
  return [...others, { ...first, effects: claimsFirst }];
}

function isClaim(effect: Effect): boolean {
  return effect.do === 'resizeClaim';
}

function evaluatePool(scope: RollScope): Verdict[] {
  const { view, pool, roll } = scope;
  const wanted = bytesOf(pool.persistence.size);
  const template = roll.statefulSet.claimSize;
  const claims = claimsOf(scope);
  const isSmall = (amount: string | undefined): boolean => amount !== undefined && bytesOf(amount) < wanted;
  const small = claims.filter(({ requested }) => isSmall(requested));
  const why = `persistence.size of spec.nodePools "${view.name}" is ${pool.persistence.size}`;
  const action: Action = { name: 'ResizeVolume', nodePool: view.name, why };
  const bound = small.filter(({ capacity }) => capacity !== undefined);
  if (bound.length > 0)
    return [{ is: 'ready', action: { ...action, target: bound[0]?.name ?? '' }, effects: grow(scope, bound) }];
  const late = small[0] ?? claims.find(({ capacity }) => isSmall(capacity));
  if (late !== undefined) return [{ is: 'waiting', action: { ...action, target: late.name }, hold: notGrown(scope, late) }];
  // One that was made again now would have the other class too that the spec asks for, and its claims would not.
  if (!isSmall(template) || view.fixed !== undefined) return [];
  const remake: Action = { ...action, target: view.statefulSetName };
  const busy = whyBusy(scope);
  if (busy !== undefined) return [{ is: 'blocked', action: remake, hold: hold('ActionRunning', busy) }];
  return [{ is: 'ready', action: remake, effects: deleteWithoutPods(scope) }];
}

/** Claims of the nodes that the pool has. Those of nodes that are gone stay as they are. */
function claimsOf({ snapshot, engine, view, pool, roll }: RollScope): readonly ClaimView[] {
  const template = engine.describePod(snapshot.cluster, pool).data.claim;
  return view.nodes
    .filter((node) => node.ordinal < roll.replicas)
    .flatMap((node) => claimOf(snapshot, template, node) ?? [])
    .filter((claim) => claim.leaving !== true);
}

function grow({ view, pool }: RollScope, claims: readonly ClaimView[]): Effect[] {
  const size = canonicalQuantity(pool.persistence.size);
  const message = `Growing ${claims.length} volumes of node pool "${view.name}" to ${size}`;
  return [...claims.map(({ name, uid }): Effect => ({ do: 'resizeClaim', name, uid, size })), stepEvent('ResizeVolume', message)];
}

function notGrown({ pool }: RollScope, { name, capacity, resizeMessage }: ClaimView): Hold {
  const { size } = pool.persistence;
  if (capacity === undefined) return hold('VolumeResizing', `Volume claim "${name}" has no volume yet; it can grow once it has`);
  const words = resizeMessage === undefined ? '' : `: ${resizeMessage}`;
  return hold('VolumeResizing', `Volume claim "${name}" has ${capacity} of ${size}${words}`);
}

/** Why the StatefulSet cannot be taken from its pods for a moment; undefined when nothing is going on. */
function whyBusy({ view, roll }: RollScope): string | undefined {
  const name = `StatefulSet "${view.statefulSetName}"`;
  if (!roll.inStep) return `${name} has not taken its pod template yet`;
  if (roll.begun || roll.statefulSet.onDelete || roll.outdated.length > 0) return `${name} is rolling a change out`;
  if (roll.statefulSet.replicas !== roll.replicas || roll.replicas !== view.spec?.replicas) return `${name} is being scaled`;
  const nodes = view.nodes.filter(({ ordinal }) => ordinal < roll.replicas);
  const missing = nodes.find(isMissing);
  return missing && `${name} has no pod "${missing.name}" at the moment`;
}

function isMissing({ pod }: NodeView): boolean {
  return pod === undefined || pod.deleting;
}

function deleteWithoutPods({ view, pool, roll }: RollScope): Effect[] {
  const { uid, resourceVersion } = roll.statefulSet;
  const size = canonicalQuantity(pool.persistence.size);
  const message = `Making StatefulSet "${view.statefulSetName}" again around its pods, for volumes of ${size}`;
  return [
    { do: 'delete', kind: 'StatefulSet', name: view.statefulSetName, uid, resourceVersion, keepsPods: true },
    stepEvent('ResizeVolume', message),
  ];
}

function hold(reason: Hold['reason'], message: string): Hold {
  return { reason, message, recheckAfterMs: RECHECK_MS };
}
