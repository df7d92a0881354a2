import type { CassandraClusterSpec } from '@navigator/api-types';
import type { Guard } from '../../actions/action.ts';
import { allNodes, wantedNodes } from '../../guards/node-state.ts';
import { heldReplicas } from '../../guards/pool-size.ts';
import type { ClusterSnapshot, NodeView } from '../../snapshot.ts';
import { claimOf } from '../../resources/claims.ts';
import type { Replacement } from '../engine.ts';
import { passUnless } from '../guard.ts';
import { DATA_CLAIM, isFormed, writtenInitialMembers } from './pools.ts';
import { mixedMajors, unrest } from './ring.ts';

type Snapshot = ClusterSnapshot<CassandraClusterSpec>;

/**
 * One range movement at a time in the whole cluster: a node starts to join only when the ring is at rest. The first node
 * forms the ring and waits for nobody.
 */
export function mayStart(snapshot: Snapshot, node: NodeView): Guard {
  const initial = writtenInitialMembers(snapshot);
  if (!isFormed(snapshot.cluster)) {
    if (initial.includes(node.name)) return { pass: true };
    return passUnless({ reason: 'ClusterNotFormed', message: `"${initial.join(', ')}" has not formed the ring yet` });
  }
  // Its volume holds a node that has joined: coming back moves no range, and its peers may be waiting for it.
  if (claimOf(snapshot, DATA_CLAIM, node)?.identity !== undefined) return { pass: true };
  // Somebody deleted every Pilot: the nodes run on, and the first Pilot has no peer that could speak for it.
  const alone = allNodes(snapshot).every((other) => other.pilot === undefined);
  if (alone && wantedNodes(snapshot)[0]?.name === node.name) return { pass: true };
  return passUnless(unrest(snapshot) ?? mixedMajors(snapshot));
}

/** New pods wait for their Pilots, but a ring that is not at rest shall not be promised more nodes. */
export function mayScaleOut(snapshot: Snapshot): Guard {
  if (!isFormed(snapshot.cluster)) return passUnless({ reason: 'ClusterNotFormed', message: 'No node has formed the ring yet' });
  return passUnless(unrest(snapshot) ?? mixedMajors(snapshot));
}

/** A Cassandra node would have to stream its ranges to others first, which this release does not order. */
export function mayLeave({ removedPools, pools }: Snapshot, node: NodeView): Guard {
  if (removedPools.some(({ name }) => name === node.pool)) {
    const message = `Node pool "${node.pool}" of a Cassandra cluster cannot be removed yet; put it back`;
    return passUnless({ reason: 'NodePoolRemovalUnsupported', message });
  }
  const pool = pools.find(({ name }) => name === node.pool);
  const [from, to] = [pool === undefined ? 0 : heldReplicas(pool), pool?.spec?.replicas ?? 0];
  const message = `Node pool "${node.pool}" cannot shrink from ${from} to ${to} nodes yet; set replicas back to ${from}`;
  return passUnless({ reason: 'ScaleInUnsupported', message });
}

/** The tokens of the node belong to its identity, which is on the volume: only a node that takes that one's place could have them. */
export function mayReplace(_snapshot: Snapshot, { name }: NodeView): Replacement {
  const message = `The volume claim of "${name}" was deleted, and a Cassandra node cannot be replaced yet; do not delete the pod, for the volume goes with it: set the reclaim policy of its PersistentVolume to Retain first`;
  return passUnless({ reason: 'ReplaceUnsupported', message });
}

/** One replica stops at a time, and only while every other node sees all the others. */
export function mayRestart(snapshot: Snapshot): Guard {
  return passUnless(unrest(snapshot));
}
