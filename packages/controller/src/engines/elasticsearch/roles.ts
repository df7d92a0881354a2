import type { ElasticsearchClusterSpec } from '@navigator/api-types';
import type { ClusterSnapshot, NodeView } from '../../snapshot.ts';
import { DATA_ROLES } from './pools.ts';

type Snapshot = ClusterSnapshot<ElasticsearchClusterSpec>;
type Roles = readonly string[];

/** Roles that the node's process runs with, by its own word. */
export function runningRoles({ pilot }: NodeView): Roles | undefined {
  return pilot?.status.identity?.roles;
}

/** Roles that the spec gives the node; undefined for one whose pool left it. */
export function wantedRoles({ cluster }: Snapshot, { pool }: NodeView): Roles | undefined {
  return cluster.spec.nodePools.find(({ name }) => name === pool)?.roles;
}

/** Whether the node has the role, or may have it as far as is known. */
export function mayHave(snapshot: Snapshot, node: NodeView, role: string): boolean {
  const roles = runningRoles(node) ?? wantedRoles(snapshot, node);
  return roles === undefined || roles.includes(role);
}

export function hasData(roles: Roles): boolean {
  return roles.some((role) => DATA_ROLES.some((data) => data === role));
}

/** Whether the node holds data, or may as far as is known. */
export function mayHoldData(snapshot: Snapshot, node: NodeView): boolean {
  const roles = runningRoles(node) ?? wantedRoles(snapshot, node);
  return roles === undefined || hasData(roles);
}

/** Whether the node runs with data roles and shall have none. */
export function losesData(snapshot: Snapshot, node: NodeView): boolean {
  const [now, then] = [runningRoles(node), wantedRoles(snapshot, node)];
  return now !== undefined && then !== undefined && hasData(now) && !hasData(then);
}

/** Whether the node can vote and shall not any more. */
export function losesVote(snapshot: Snapshot, node: NodeView): boolean {
  const [now, then] = [runningRoles(node), wantedRoles(snapshot, node)];
  return now?.includes('master') === true && then?.includes('master') === false;
}

/** Whether the node can lead now, and is meant to. */
export function leadsForGood(snapshot: Snapshot, node: NodeView): boolean {
  const [now, then] = [runningRoles(node), wantedRoles(snapshot, node)];
  const isLeader = (roles: Roles | undefined): boolean => roles?.includes('master') === true && !roles.includes('voting_only');
  return isLeader(then) && (now === undefined || isLeader(now));
}
