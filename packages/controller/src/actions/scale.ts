import { buildStatefulSet } from '../resources/stateful-set.ts';
import type { ControllerEngine } from '../engines/engine.ts';
import { RECHECK_MS } from '../guards/node-state.ts';
import { heldReplicas } from '../guards/pool-size.ts';
import type { ClusterSnapshot, PoolView } from '../snapshot.ts';
import type { Action, ActionDefinition, Verdict } from './action.ts';

/** Scale: gives a pool's StatefulSet the size that the spec asks for. Growing only; shrinking needs a drain first. */
export const scale: ActionDefinition = {
  name: 'Scale',
  exclusive: true,
  evaluate(snapshot, engine) {
    return snapshot.pools.flatMap((pool) => evaluatePool(snapshot, engine, pool));
  },
};

function evaluatePool(snapshot: ClusterSnapshot, engine: ControllerEngine, pool: PoolView): Verdict[] {
  if (pool.spec === undefined || pool.statefulSet === undefined || pool.statefulSet.deleting) return [];
  const { replicas } = pool.spec;
  const current = heldReplicas(pool);
  if (current === replicas) return [];
  const why = `spec.nodePools "${pool.name}" asks for ${replicas} replicas, it has ${current}`;
  const action: Action = { name: 'Scale', nodePool: pool.name, target: pool.statefulSetName, why };
  if (current > replicas) {
    const message = `Node pool "${pool.name}" cannot shrink from ${current} to ${replicas} nodes yet; set replicas back to ${current}`;
    return [{ is: 'blocked', action, hold: { reason: 'ScaleInUnsupported', message, recheckAfterMs: RECHECK_MS } }];
  }
  const guard = engine.mayScaleOut(snapshot, pool.name);
  if (!guard.pass) return [{ is: 'blocked', action, hold: guard.hold }];
  return [
    {
      is: 'ready',
      action,
      effects: [
        { do: 'apply', object: buildStatefulSet({ snapshot, engine, pool: pool.spec, replicas, partition: replicas }) },
        {
          do: 'event',
          event: { type: 'Normal', reason: 'Scale', message: `Scaled node pool "${pool.name}" to ${replicas} replicas` },
        },
      ],
    },
  ];
}
