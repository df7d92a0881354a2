import type { ControllerEngine } from '../engines/engine.ts';
import { isOrdered } from '../guards/pool-size.ts';
import { RECHECK_MS } from '../guards/node-state.ts';
import type { ClusterSnapshot, PoolView } from '../snapshot.ts';
import type { Action, ActionDefinition, Effect, Verdict } from './action.ts';
import { stepEvent } from './effects.ts';
import { leave } from './leave.ts';

/**
 * DeleteNodePool: the nodes of a pool that left the spec give their data and their votes away and are stopped one by one, as in
 * a Scale; then the StatefulSet is deleted. A pool that was renamed is thus made under its new name first, since making one
 * waits for nobody. The volumes stay.
 */
export const deleteNodePool: ActionDefinition = {
  name: 'DeleteNodePool',
  exclusive: true,
  evaluate(snapshot, engine) {
    return snapshot.removedPools.flatMap((pool) => evaluatePool(snapshot, engine, pool));
  },
};

function evaluatePool(snapshot: ClusterSnapshot, engine: ControllerEngine, pool: PoolView): Verdict[] {
  const why = `spec.nodePools does not have "${pool.name}" any more`;
  const action: Action = { name: 'DeleteNodePool', nodePool: pool.name, target: pool.statefulSetName, why };
  const leaving = leave({ snapshot, engine, pool, action, shrink: (size) => shrink(pool, size) });
  if (leaving !== undefined) return [leaving];
  const { statefulSet } = pool;
  if (statefulSet === undefined) return [];
  const waiting = (message: string): Verdict[] => [
    { is: 'waiting', action, hold: { reason: 'StatefulSetNotObserved', message, recheckAfterMs: RECHECK_MS } },
  ];
  if (statefulSet.deleting) return waiting(`StatefulSet "${pool.statefulSetName}" is being deleted`);
  const serving = pool.nodes.find(isOrdered);
  if (serving !== undefined) return waiting(`Pilot "${serving.name}" was deleted while its node serves; it is made again`);
  // Never with pods that nobody knows of: a size of none is what live reads have agreed to.
  if (statefulSet.replicas > 0) return [{ is: 'ready', action, effects: shrink(pool, 0) }];
  const { uid, resourceVersion } = statefulSet;
  return [
    {
      is: 'ready',
      action,
      effects: [
        { do: 'delete', kind: 'StatefulSet', name: pool.statefulSetName, uid, resourceVersion },
        stepEvent('DeleteNodePool', `Deleted node pool "${pool.name}"`),
      ],
    },
  ];
}

/** The spec of the pool is gone, so its StatefulSet cannot be rendered: its size alone is changed. */
function shrink({ name, statefulSet, statefulSetName }: PoolView, replicas: number): readonly Effect[] {
  const message = `Node pool "${name}" goes, ${replicas} replicas are left`;
  const event = stepEvent('DeleteNodePool', message);
  if (statefulSet === undefined) return [event];
  const { uid, resourceVersion } = statefulSet;
  return [{ do: 'shrink', name: statefulSetName, uid, resourceVersion, replicas }, event];
}
