import { ANNOTATIONS, type DesiredState } from '@navigator/api-types';
import { writtenMembers } from '../resources/initial-members.ts';
import type { ClusterSnapshot, NodeView } from '../snapshot.ts';

/**
 * What shall become of the node now. Its Pilot is where a leave is written down; a node that the spec asks for (again) runs, or is
 * suspended, whatever was written: so an edit that is taken back is followed at once. A node that has begun to leave for good is
 * not suspended: it gives away what it has, and for that it has to run.
 */
export function desiredOf({ wanted, suspended, volumeDeletedAt, pilot }: NodeView): DesiredState {
  const written = pilot?.spec.desired;
  if (!wanted && (written === 'Leaving' || written === 'Decommissioned')) return written;
  // Somebody may be at work on the volume of one that is to be replaced, and until its pod goes that leave is taken back for nothing.
  if (suspended === true) return 'Suspended';
  // One that is to be replaced leaves as long as it has the volume that goes; with the new one it runs.
  return volumeDeletedAt !== undefined && written === 'Leaving' ? written : 'Running';
}

/** Whether the node's database shall not run, or was told so and has not been told otherwise yet. */
export function isSuspended(node: NodeView): boolean {
  return desiredOf(node) === 'Suspended' || node.pilot?.spec.desired === 'Suspended';
}

/**
 * Whether the node certainly never was part of the cluster: no process of it was ever reported, its volume never served, and
 * its pod does not serve. It has nothing to give up. A report may be lost or not understood, so the volume must be there to say
 * so, or else there is no pod, or none that has a machine.
 */
export function hasNeverRun({ claims }: ClusterSnapshot, { name, pod, pilot }: NodeView): boolean {
  const status = pilot?.status;
  const isKnown = [status?.process, status?.identity, status?.version, status?.dataVersion, status?.lastExit].some(Boolean);
  const volumes = claims.filter((claim) => claim.name.endsWith(`-${name}`));
  const hasServed = volumes.some(({ identity }) => identity !== undefined);
  const isProven = volumes.length > 0 || pod === undefined || pod.problem?.reason === 'PodNotScheduled';
  return pod?.ready !== true && !isKnown && !hasServed && isProven;
}

/** Whether the cluster has yet to be formed, and by this node among others: then it cannot be formed without it. */
export function isForming({ cluster }: ClusterSnapshot, node: NodeView): boolean {
  if (cluster.annotations[ANNOTATIONS.clusterId] !== undefined) return false;
  return writtenMembers(cluster)?.includes(node.name) === true;
}
