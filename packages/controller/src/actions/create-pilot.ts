import { buildPilot } from '../resources/pilot.ts';
import type { ControllerEngine } from '../engines/engine.ts';
import { heldReplicas, isOrdered } from '../guards/pool-size.ts';
import type { ClusterSnapshot, NodeView } from '../snapshot.ts';
import type { ActionDefinition, Verdict } from './action.ts';
import { stepEvent } from './effects.ts';

/**
 * CreatePilot: makes the Pilot object of a node, which is the order to start its database. The engine decides whose turn
 * it is (Cassandra: one range movement at a time). A Pilot outlives its pod, so a node is asked for its turn only once.
 * Where nodes may start together, one step tells all of a pool whose turn it is.
 */
export const createPilot: ActionDefinition = {
  name: 'CreatePilot',
  exclusive: false,
  evaluate(snapshot, engine) {
    return [...snapshot.pools, ...snapshot.removedPools].flatMap((pool) => {
      if (pool.statefulSet === undefined || pool.statefulSet.deleting) return [];
      const verdicts = pool.nodes
        .filter((node) => node.pilot === undefined && (node.wanted ? node.ordinal < heldReplicas(pool) : isOrdered(node)))
        .map((node) => evaluateNode(snapshot, engine, node));
      return engine.startsTogether ? together(verdicts) : verdicts;
    });
  },
};

/** One verdict, with the effects of all, in place of those that are ready. */
function together(verdicts: readonly Verdict[]): readonly Verdict[] {
  const ready = verdicts.filter((verdict) => verdict.is === 'ready');
  const [first] = ready;
  if (first === undefined) return verdicts;
  return [{ ...first, effects: ready.flatMap(({ effects }) => effects) }, ...verdicts.filter(({ is }) => is !== 'ready')];
}

function evaluateNode(snapshot: ClusterSnapshot, engine: ControllerEngine, node: NodeView): Verdict {
  const why = `node pool "${node.pool}" has ${node.ordinal + 1} or more replicas`;
  const action = { name: 'CreatePilot', nodePool: node.pool, target: node.name, why } as const;
  const guard = engine.mayStart(snapshot, node);
  if (!guard.pass) return { is: 'blocked', action, hold: guard.hold };
  return {
    is: 'ready',
    action,
    effects: [
      { do: 'apply', object: buildPilot({ snapshot, engine, pool: node.pool, ordinal: node.ordinal }) },
      stepEvent('CreatePilot', `Created pilot "${node.name}"`),
    ],
  };
}
