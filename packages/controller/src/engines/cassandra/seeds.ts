import type { CassandraClusterSpec } from '@navigator/api-types';
import { allNodes } from '../../guards/node-state.ts';
import type { ClusterSnapshot, NodeView } from '../../snapshot.ts';
import { isFormed, writtenInitialMembers } from './pools.ts';

type Snapshot = ClusterSnapshot<CassandraClusterSpec>;

const SEEDS_MAX = 3;

/**
 * Up to three nodes that have joined, spread over the pools. A node that has not joined is never among them: Cassandra
 * lets a node that finds itself among its seeds join without fetching any data.
 *
 * Health has no say: the list must not change whenever a node restarts, and after a crash of everything at least one node
 * must find itself in it, or all would wait for each other.
 */
export function seeds(snapshot: Snapshot): readonly string[] {
  const initial = writtenInitialMembers(snapshot);
  if (!isFormed(snapshot.cluster)) return initial;
  const joined = joinedNames(snapshot, initial);
  const lists = snapshot.pools.map((pool) => pool.nodes.filter((node) => node.wanted && joined.has(node.name)));
  const turns = Math.max(0, ...lists.map((nodes) => nodes.length));
  const inTurn = Array.from({ length: turns }, (_, turn) => lists.flatMap((nodes) => nodes[turn]?.name ?? [])).flat();
  return inTurn.slice(0, SEEDS_MAX);
}

/**
 * Nodes that have joined once. A restarting pilot may know nothing yet, so whoever is a seed already stays one: when all
 * pods go at once, the Pilots' specs are all that is left.
 */
function joinedNames(snapshot: Snapshot, initial: readonly string[]): ReadonlySet<string> {
  const nodes = allNodes(snapshot);
  const current = nodes.flatMap((node) => node.pilot?.spec.seeds ?? []);
  const ids = new Set(nodes.flatMap(idsOfMembers));
  const joined = nodes.filter((node) => ids.has(node.pilot?.status.identity?.id ?? ''));
  return new Set([...initial, ...current, ...joined.map((node) => node.name)]);
}

/** Members of the ring in this node's last view, however old: a node that joined does not unjoin by being silent. */
function idsOfMembers(node: NodeView): readonly string[] {
  const members = node.pilot?.status.view?.members ?? [];
  return members.filter((member) => member.state !== 'Joining').map((member) => member.id);
}
