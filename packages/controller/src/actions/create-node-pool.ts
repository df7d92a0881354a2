import { childName } from '@navigator/api-types';
import { RECHECK_MS } from '../guards/node-state.ts';
import { buildStatefulSet } from '../resources/stateful-set.ts';
import type { ControllerEngine } from '../engines/engine.ts';
import type { ClusterSnapshot, NodePoolBase } from '../snapshot.ts';
import type { ActionDefinition, Verdict } from './action.ts';
import { stepEvent } from './effects.ts';
import { orderedSize } from '../guards/pool-size.ts';

/**
 * CreateNodePool: makes the StatefulSet of a pool that has none, at full size at once. Its pods are scheduled, pull their
 * image and bind their volumes in parallel; each database waits in its start gate until CreatePilot orders it to run.
 */
export const createNodePool: ActionDefinition = {
  name: 'CreateNodePool',
  exclusive: false,
  evaluate(snapshot, engine) {
    return snapshot.cluster.spec.nodePools.flatMap((pool) => evaluatePool(snapshot, engine, pool));
  },
};

function evaluatePool(snapshot: ClusterSnapshot, engine: ControllerEngine, pool: NodePoolBase): Verdict[] {
  const view = snapshot.pools.find((candidate) => candidate.name === pool.name);
  if (view?.statefulSet !== undefined && !view.statefulSet.deleting) return [];
  const name = childName(engine.childPrefix, snapshot.cluster.name, pool.name);
  const action = { name: 'CreateNodePool', nodePool: pool.name, target: name, why: `spec.nodePools has "${pool.name}"` } as const;
  if (view?.foreign !== undefined) {
    const message = `${view.foreign} exists and does not belong to this cluster; rename the pool or remove that object`;
    return [{ is: 'blocked', action, hold: { reason: 'ForeignObject', message, recheckAfterMs: RECHECK_MS } }];
  }
  if (view?.statefulSet !== undefined) {
    const message = `StatefulSet "${name}" is being deleted; it is made again once it is gone`;
    return [{ is: 'waiting', action, hold: { reason: 'StatefulSetNotObserved', message, recheckAfterMs: RECHECK_MS } }];
  }
  // A StatefulSet deleted by hand comes back with every node that was ever ordered to run.
  const fitting = view?.spec ?? pool;
  const replicas = Math.max(pool.replicas, view === undefined ? 0 : orderedSize(view));
  return [
    {
      is: 'ready',
      action,
      effects: [
        { do: 'apply', object: buildStatefulSet({ snapshot, engine, pool: fitting, replicas, partition: replicas }) },
        stepEvent('CreateNodePool', `Created node pool "${pool.name}"`),
      ],
    },
  ];
}
