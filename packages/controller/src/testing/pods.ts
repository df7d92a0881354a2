import type { ClusterSnapshot, ClusterSpecBase, PodView, StatefulSetView } from '../snapshot.ts';
import { withNode, withPilotStatus, withView } from './snapshots.ts';

/** The snapshot with a node's pod changed; a node that has none stays without. */
export function withPod<Spec extends ClusterSpecBase>(
  snapshot: ClusterSnapshot<Spec>,
  name: string,
  change: Partial<PodView>,
): ClusterSnapshot<Spec> {
  return withNode(snapshot, name, (node) => (node.pod === undefined ? node : { ...node, pod: { ...node.pod, ...change } }));
}

/** The snapshot with every StatefulSet changed. */
export function withStatefulSet<Spec extends ClusterSpecBase>(
  snapshot: ClusterSnapshot<Spec>,
  change: Partial<StatefulSetView>,
): ClusterSnapshot<Spec> {
  const pools = snapshot.pools.map((pool) =>
    pool.statefulSet === undefined ? pool : { ...pool, statefulSet: { ...pool.statefulSet, ...change } },
  );
  return { ...snapshot, pools };
}

/** The node's database has been starting for long, and nobody sees it in the cluster. */
export function withHanging<Spec extends ClusterSpecBase>(snapshot: ClusterSnapshot<Spec>, name: string): ClusterSnapshot<Spec> {
  const alone = withView(snapshot, (view) => ({ ...view, members: view.members.filter((member) => member.name !== name) }));
  return withPilotStatus(withPod(alone, name, { ready: false }), name, {
    phase: 'Starting',
    health: 'Unhealthy',
    view: undefined,
  });
}
