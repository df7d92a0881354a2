import { buildStatefulSet } from '../resources/stateful-set.ts';
import type { ControllerEngine } from '../engines/engine.ts';
import { leave } from '../guards/leaving.ts';
import { heldReplicas } from '../guards/pool-size.ts';
import { rollOf } from '../guards/roll.ts';
import type { ClusterSnapshot, NodePoolBase, PoolView } from '../snapshot.ts';
import type { Action, ActionDefinition, Effect, Verdict } from './action.ts';

/**
 * Scale: gives a pool's StatefulSet the size that the spec asks for. New nodes come all at once; nodes that go give their data
 * and their vote away first and are stopped one by one (guards/leaving.ts). Their volumes stay.
 */
export const scale: ActionDefinition = {
  name: 'Scale',
  exclusive: true,
  evaluate(snapshot, engine) {
    return snapshot.pools.flatMap((view) =>
      view.spec === undefined ? [] : evaluatePool({ snapshot, engine, view, pool: view.spec }),
    );
  },
};

interface Scope {
  readonly snapshot: ClusterSnapshot;
  readonly engine: ControllerEngine;
  readonly view: PoolView;
  readonly pool: NodePoolBase;
}

function evaluatePool(scope: Scope): Verdict[] {
  const { snapshot, engine, view, pool } = scope;
  if (view.statefulSet === undefined || view.statefulSet.deleting) return [];
  const { replicas } = pool;
  const current = heldReplicas(view);
  const why = `spec.nodePools "${view.name}" asks for ${replicas} replicas, it has ${current}`;
  const action: Action = { name: 'Scale', nodePool: view.name, target: view.statefulSetName, why };
  const leaving = leave({ snapshot, engine, pool: view, action, shrink: (size) => resize(scope, size) });
  if (leaving !== undefined) return [leaving];
  if (current >= replicas) return [];
  const guard = engine.mayScaleOut(snapshot, view.name);
  if (!guard.pass) return [{ is: 'blocked', action, hold: guard.hold }];
  return [{ is: 'ready', action, effects: resize(scope, replicas) }];
}

/** A roll that has begun goes on where it was; pods that are added are made as the others are. */
function resize({ snapshot, engine, view, pool }: Scope, replicas: number): readonly Effect[] {
  const roll = rollOf({ snapshot, engine, view });
  const partition = roll?.begun === true ? Math.min(roll.heldPartition, replicas) : replicas;
  const object = buildStatefulSet({ snapshot, engine, pool, replicas, partition });
  const message = `Scaled node pool "${view.name}" to ${replicas} replicas`;
  return [
    { do: 'apply', object },
    { do: 'event', event: { type: 'Normal', reason: 'Scale', message } },
  ];
}
