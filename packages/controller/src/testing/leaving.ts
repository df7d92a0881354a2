import type { ClusterOrders, DesiredState, ElasticsearchClusterSpec } from '@navigator/api-types';
import { elasticsearch } from '../engines/elasticsearch/index.ts';
import type { ClusterSnapshot, NodeView } from '../snapshot.ts';
import { mapNodes, withNode, withView } from './snapshots.ts';

type Snapshot = ClusterSnapshot<ElasticsearchClusterSpec>;

/** What shall become of one node, as its Pilot says. */
export function withDesired(snapshot: Snapshot, name: string, desired: DesiredState): Snapshot {
  return withNode(snapshot, name, (node) =>
    node.pilot === undefined ? node : { ...node, pilot: { ...node.pilot, spec: { ...node.pilot.spec, desired } } },
  );
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
  return withView(ordered, (view) => ({
    ...view,
    orders: { ...orders, generation: pilot?.generation ?? 1 },
    members: view.members.map((member) => ({
      ...member,
      copies: orders.emptied.includes(member.name ?? '') ? 0 : 5,
      voter: !orders.voteless.includes(member.name ?? ''),
    })),
  }));
}

/** A node that leaves, its orders in force; it has given up everything but what is said. */
export function leaving(
  snapshot: Snapshot,
  name: string,
  still: { readonly copies?: number | undefined; readonly voter?: boolean | undefined } = {},
): Snapshot {
  return withView(withOrdersInForce(withDesired(snapshot, name, 'Leaving')), (view) => ({
    ...view,
    members: view.members.map((member) => (member.name === name ? { ...member, ...still } : member)),
  }));
}
