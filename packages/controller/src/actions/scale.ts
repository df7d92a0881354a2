import { buildStatefulSet } from '../resources/stateful-set.ts';
import type { ControllerEngine } from '../engines/engine.ts';
import { heldReplicas } from '../guards/pool-size.ts';
import { rollOf } from '../guards/roll.ts';
import type { ClusterSnapshot, NodePoolBase, PoolView } from '../snapshot.ts';
import type { Action, ActionDefinition, Effect, Verdict } from './action.ts';
import { stepEvent } from './effects.ts';
import { leave } from './leave.ts';

/**
 * Scale: gives a pool's StatefulSet the size that the spec asks for. New nodes come all at once; nodes that go give their data
 * and their vote away first and are stopped one by one (leave.ts). Their volumes stay. New nodes come first, in
 * whatever pools: a node may leave only when all that stay are there, and what is too few or too full may be mended by them.
 */
export const scale: ActionDefinition = {
  name: 'Scale',
  exclusive: true,
  evaluate(snapshot, engine) {
    const scopes = snapshot.pools.flatMap((view) => scopeOf(snapshot, engine, view));
    return [...scopes.flatMap(grow), ...scopes.flatMap(shrink)];
  },
};

interface Scope {
  readonly snapshot: ClusterSnapshot;
  readonly engine: ControllerEngine;
  readonly view: PoolView;
  readonly pool: NodePoolBase;
  readonly current: number;
  readonly action: Action;
}

function scopeOf(snapshot: ClusterSnapshot, engine: ControllerEngine, view: PoolView): Scope[] {
  const { spec: pool, statefulSet } = view;
  if (pool === undefined || statefulSet === undefined || statefulSet.deleting) return [];
  const current = heldReplicas(view);
  const why = `spec.nodePools "${view.name}" asks for ${pool.replicas} replicas, it has ${current}`;
  const action: Action = { name: 'Scale', nodePool: view.name, target: view.statefulSetName, why };
  return [{ snapshot, engine, view, pool, current, action }];
}

function grow(scope: Scope): Verdict[] {
  const { snapshot, engine, view, pool, current, action } = scope;
  if (current >= pool.replicas) return [];
  const guard = engine.mayScaleOut(snapshot, view.name);
  if (!guard.pass) return [{ is: 'blocked', action, hold: guard.hold }];
  return [{ is: 'ready', action, effects: resize(scope, pool.replicas) }];
}

function shrink(scope: Scope): Verdict[] {
  const { snapshot, engine, view, action } = scope;
  const leaving = leave({ snapshot, engine, pool: view, action, shrink: (size) => resize(scope, size) });
  return leaving === undefined ? [] : [leaving];
}

/** A roll that has begun goes on where it was; pods that are added are made as the others are. */
function resize({ snapshot, engine, view, pool }: Scope, replicas: number): readonly Effect[] {
  const roll = rollOf({ snapshot, engine, view });
  const partition = roll?.begun === true ? Math.min(roll.heldPartition, replicas) : replicas;
  const object = buildStatefulSet({ snapshot, engine, pool, replicas, partition });
  const message = `Scaled node pool "${view.name}" to ${replicas} replicas`;
  return [{ do: 'apply', object }, stepEvent('Scale', message)];
}
