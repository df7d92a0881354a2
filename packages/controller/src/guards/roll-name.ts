import type { Action, ActionName } from '../actions/action.ts';
import { changedParts, revisionParts } from '../resources/revision-parts.ts';
import type { ClusterSnapshot, NodeView } from '../snapshot.ts';
import type { RollScope } from './roll.ts';

type Pool = Omit<RollScope, 'roll'>;

/** Names that a roll of a pool's pods can have, the first that fits wins: what is changed together is one roll. */
const ROLLS: readonly ActionName[] = ['UpdateVersion', 'UpdateConfig', 'AdjustResources', 'RestartNodePool'];

/** What replacing this node is called and why it is done, with what clients will notice of it. */
export function rollAction(pool: Pool, node: NodeView): Action {
  const action = namedAction(pool, node);
  const cost = pool.engine.costOfRestart(pool.snapshot, node);
  return cost === undefined ? action : { ...action, why: `${action.why}; ${cost}` };
}

/** By what the node was made for and what is asked for now. */
function namedAction({ snapshot, engine, view, pool }: Pool, node: NodeView): Action {
  const { cluster } = snapshot;
  const { version } = cluster.spec;
  const at = { nodePool: view.name, target: node.name };
  const other = view.nodes.some(({ pilot }) => pilot?.status.version !== undefined && pilot.status.version !== version);
  const parts = changedParts(node.pod?.revisionParts, revisionParts(cluster, pool, engine));
  if (other || parts?.includes('version')) return { name: 'UpdateVersion', ...at, why: `spec.version is ${version}` };
  const field = `spec.nodePools "${view.name}"`;
  if (parts === undefined || parts.length === 0 || parts.includes('config'))
    return { name: 'UpdateConfig', ...at, why: `${field} or the image changed` };
  if (parts.includes('resources')) return { name: 'AdjustResources', ...at, why: `resources of ${field} changed` };
  return { name: 'RestartNodePool', ...at, why: `restartedAt of ${field} is ${pool.restartedAt ?? 'taken out'}` };
}

/** Once all pods are new, nothing tells what the roll was for but its record in status. */
export function rollActionAtEnd({ snapshot, view }: Pick<Pool, 'snapshot' | 'view'>): Action {
  const { history } = snapshot.cluster.status;
  const isRoll = (action: string): boolean => ROLLS.some((roll) => roll === action);
  const running = history.find(
    ({ action, outcome, nodePool }) => outcome === 'Running' && nodePool === view.name && isRoll(action),
  );
  const name = ROLLS.find((roll) => roll === running?.action) ?? 'UpdateVersion';
  return { name, nodePool: view.name, why: running?.message ?? `spec.version is ${snapshot.cluster.spec.version}` };
}

/** What people are told when a node is replaced. */
export function rollingMessage({ cluster }: ClusterSnapshot, name: ActionName, node: NodeView): string {
  if (name === 'RestartNodePool') return `Restarting replica ${node.name}`;
  return `Updating replica ${node.name} to ${newThing(cluster.spec.version, name)}`;
}

/** What people are told when a replaced node takes long to come back. */
export function unfinishedMessage({ cluster }: ClusterSnapshot, name: ActionName, node: NodeView): string {
  if (name === 'RestartNodePool') return `Pilot "${node.name}" has not come back from its restart`;
  return `Pilot "${node.name}" has not finished updating to ${newThing(`"${cluster.spec.version}"`, name)}`;
}

/** What people are told when a pool is done. */
export function rolledMessage({ cluster }: ClusterSnapshot, name: ActionName, pool: string): string {
  if (name === 'RestartNodePool') return `Restarted node pool "${pool}"`;
  return `Updated node pool "${pool}" to ${newThing(`"${cluster.spec.version}"`, name)}`;
}

function newThing(version: string, name: ActionName): string {
  if (name === 'UpdateVersion') return `version ${version}`;
  return name === 'AdjustResources' ? 'the new resources' : 'the new configuration';
}
