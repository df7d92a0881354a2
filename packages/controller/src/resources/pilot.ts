import { ANNOTATIONS, API_VERSION, childName, type DesiredState, pilotName, type PilotSpec } from '@navigator/api-types';
import type { KubeObject } from '@navigator/kube';
import type { ControllerEngine } from '../engines/engine.ts';
import { desiredOf } from '../guards/desired-state.ts';
import { allNodes } from '../guards/node-state.ts';
import { writtenMembers } from './initial-members.ts';
import type { ClusterSnapshot } from '../snapshot.ts';
import { childLabels, ownedBy } from './labels.ts';

export interface PilotInput {
  readonly snapshot: ClusterSnapshot;
  readonly engine: ControllerEngine;
  readonly pool: string;
  readonly ordinal: number;
  /** What shall become of the node. Default: what its Pilot says, and Running for every node that the spec asks for. */
  readonly desired?: DesiredState;
}

/**
 * The Pilot of one node. The cluster owns it, not the pod, so that it outlives the pod: its existence is the permission
 * to start, which a crash of everything must not take back.
 */
export function buildPilot({ snapshot, engine, pool, ordinal, desired }: PilotInput): KubeObject {
  const { cluster } = snapshot;
  const name = pilotName(childName(engine.childPrefix, cluster.name, pool), ordinal);
  const members = bootstrapMembers(snapshot);
  const node = allNodes(snapshot).find((candidate) => candidate.name === name);
  const orders = node && engine.orders(snapshot, node);
  const state = desired ?? (node === undefined ? 'Running' : desiredOf(node));
  const spec: PilotSpec = {
    cluster: { kind: cluster.kind, name: cluster.name },
    nodePool: pool,
    // A node that is not among them may only join, so it is not even told who forms the cluster.
    ...(members.includes(name) ? { bootstrap: { initialMembers: [...members] } } : {}),
    seeds: [...engine.seeds(snapshot)],
    // Absent at rest, so that a Pilot of an earlier release is what it shall be.
    ...(state === 'Running' ? {} : { desired: state }),
    ...(orders === undefined ? {} : { orders }),
  };
  return {
    apiVersion: API_VERSION,
    kind: 'Pilot',
    metadata: {
      name,
      namespace: cluster.namespace,
      labels: childLabels(cluster, engine, pool),
      ownerReferences: [ownedBy(cluster)],
    },
    spec,
  };
}

/** Who forms the cluster: as written down before the first pod, and nobody once it has formed. */
function bootstrapMembers({ cluster }: ClusterSnapshot): readonly string[] {
  return cluster.annotations[ANNOTATIONS.clusterId] === undefined ? (writtenMembers(cluster) ?? []) : [];
}
