import type { ClusterOrders, ClusterView, DesiredState, ElasticsearchClusterSpec, Member } from '@navigator/api-types';
import { elasticsearch } from '../engines/elasticsearch/index.ts';
import type { ClusterSnapshot, ClusterSpecBase, NodeView } from '../snapshot.ts';
import { mapNodes, NOW, withNode, withView } from './snapshots.ts';

type Snapshot = ClusterSnapshot<ElasticsearchClusterSpec>;

/** What shall become of one node, as its Pilot says. */
export function withDesired(snapshot: Snapshot, name: string, desired: DesiredState): Snapshot {
  return withNode(snapshot, name, (node) =>
    node.pilot === undefined ? node : { ...node, pilot: { ...node.pilot, spec: { ...node.pilot.spec, desired } } },
  );
}

/** A person has deleted the claim of the node's volume. */
export function withVolumeDeleted<Spec extends ClusterSpecBase>(
  snapshot: ClusterSnapshot<Spec>,
  name: string,
  volumeDeletedAt = NOW - 5_000,
): ClusterSnapshot<Spec> {
  return withNode(snapshot, name, (node) => ({ ...node, volumeDeletedAt }));
}

/** Every Pilot bears the orders that the snapshot asks for. */
export function withOrders(snapshot: Snapshot): Snapshot {
  return mapNodes(snapshot, (node: NodeView) => {
    const orders = elasticsearch.orders(snapshot, node);
    if (node.pilot === undefined || orders === undefined) return node;
    return { ...node, pilot: { ...node.pilot, spec: { ...node.pilot.spec, orders } } };
  });
}

/** The orders that the Pilots bear are in force. */
export function withOrdersInForce(snapshot: Snapshot): Snapshot {
  const ordered = withOrders(snapshot);
  const pilot = ordered.pools.flatMap(({ nodes }) => nodes).find((node) => node.pilot?.spec.orders)?.pilot;
  const orders: ClusterOrders = pilot?.spec.orders ?? { emptied: [], voteless: [], restarting: [] };
  return withView(ordered, (view) => obeyed(view, orders, pilot?.generation ?? 1));
}

/** The view of a master whose cluster has done all that it was ordered. */
export function obeyed(view: ClusterView, orders: ClusterOrders, generation: number): ClusterView {
  return {
    ...view,
    orders: { ...orders, generation },
    members: view.members.map((member) => ({
      ...member,
      copies: orders.emptied.includes(member.name ?? '') ? 0 : 5,
      unshared: 0,
      voter: !orders.voteless.some((name) => name === member.name || name === member.id),
    })),
  };
}

/** A node that leaves, its orders in force; it has given up everything but what is said. */
export function leaving(
  snapshot: Snapshot,
  name: string,
  still: Partial<Pick<Member, 'copies' | 'unshared' | 'voter'>> = {},
): Snapshot {
  return withView(withOrdersInForce(withDesired(snapshot, name, 'Leaving')), (view) => ({
    ...view,
    members: view.members.map((member) => (member.name === name ? { ...member, ...still } : member)),
  }));
}
