import type { ElasticsearchClusterSpec } from '@navigator/api-types';
import { desiredOf } from '../../guards/desired-state.ts';
import { isHealthy, wantedNodes } from '../../guards/node-state.ts';
import type { ClusterSnapshot, NodeView } from '../../snapshot.ts';
import type { Problem } from '../guard.ts';
import { currentView } from './cluster-view.ts';
import { hasData, leadsForGood, runningRoles, wantedRoles } from './roles.ts';

type Snapshot = ClusterSnapshot<ElasticsearchClusterSpec>;

/** Healthy nodes that hold data and go on doing so, other than the one that leaves. */
function stayingDataNodes(snapshot: Snapshot, leaving?: NodeView): readonly NodeView[] {
  return wantedNodes(snapshot).filter((node) => {
    if (node.name === leaving?.name || desiredOf(node) === 'Leaving') return false;
    const then = wantedRoles(snapshot, node);
    const now = runningRoles(node) ?? then;
    return isHealthy(node, snapshot.now) && then !== undefined && hasData(then) && now !== undefined && hasData(now);
  });
}

/** No two copies of a shard are ever on one node: with fewer nodes than copies some would never find a place. */
export function tooFewForData(snapshot: Snapshot, leaving?: NodeView): Problem | undefined {
  const current = currentView(snapshot);
  if (!current.known) return current.problem;
  const asked = current.report.view.copiesAsked;
  if (asked === undefined)
    return { reason: 'ClusterHealthUnknown', message: 'The master does not tell how many copies the indices ask for' };
  const stay = stayingDataNodes(snapshot, leaving).length;
  if (asked <= stay && stay > 0) return undefined;
  const message = `An index asks for ${asked} copies of its shards, and ${stay} nodes that hold data would stay`;
  return { reason: 'TooFewNodes', message };
}

/**
 * What a node of a tier holds goes to nodes of that tier, so these must be enough for the copies. How many copies the indices of one
 * tier ask for is not known: the most that any index asks for counts. Not so for the frozen tier, whose indices ask for one by default.
 */
export function tooFewOfTier(snapshot: Snapshot, leaving: NodeView): Problem | undefined {
  const current = currentView(snapshot);
  const asked = current.known ? current.report.view.copiesAsked : undefined;
  if (asked === undefined || leaving.pilot?.status.data?.shards === 0) return undefined;
  const stay = stayingDataNodes(snapshot, leaving).map((node) => wantedRoles(snapshot, node) ?? []);
  const serving = (tier: string): number => stay.filter((roles) => roles.includes(tier) || roles.includes('data')).length;
  const tier = runningRoles(leaving)?.find((role) => role.startsWith('data_') && role !== 'data_frozen' && serving(role) < asked);
  if (tier === undefined) return undefined;
  const message = `An index asks for ${asked} copies of its shards, and ${serving(tier)} nodes with role ${tier} would stay`;
  return { reason: 'TooFewNodes', message };
}

/** Somebody who can lead must stay: running as such, and healthy. */
export function tooFewLeaders(snapshot: Snapshot, leaving: NodeView): Problem | undefined {
  const others = wantedNodes(snapshot).filter((node) => node.name !== leaving.name && leadsForGood(snapshot, node));
  if (others.some((node) => isHealthy(node, snapshot.now))) return undefined;
  return { reason: 'TooFewNodes', message: `"${leaving.name}" is the last healthy node that can lead the cluster` };
}

/** What the last node with data holds can be nowhere else. */
export function lastWithData(snapshot: Snapshot, leaving: NodeView): Problem | undefined {
  if (stayingDataNodes(snapshot, leaving).length > 0) return undefined;
  return { reason: 'TooFewNodes', message: `"${leaving.name}" is the last healthy node that holds data` };
}

/** The last node of a tier keeps the data of that tier: Elasticsearch has nowhere to move it. */
export function lastOfTier(snapshot: Snapshot, leaving: NodeView): Problem | undefined {
  const shards = leaving.pilot?.status.data?.shards;
  if (shards === 0) return undefined;
  const stay = new Set(stayingDataNodes(snapshot, leaving).flatMap((node) => wantedRoles(snapshot, node) ?? []));
  // Nodes with the role `data` are of every tier; what they hold goes where its indices prefer.
  const tier = runningRoles(leaving)?.find((role) => role.startsWith('data_') && !stay.has(role) && !stay.has('data'));
  if (tier === undefined) return undefined;
  const held = shards === undefined ? 'an unknown number of shards' : `${shards} shards`;
  return { reason: 'TooFewNodes', message: `"${leaving.name}" is the last node with role ${tier} and holds ${held}` };
}

/**
 * Elasticsearch gives a node no more shards when less than this is free (the default low watermark): a share of its disk, and
 * since 8.5 so many bytes at most.
 */
const LOW_WATERMARK_FREE = 0.15;
const LOW_WATERMARK_HEADROOM = 200 * 2 ** 30;

/** What the node holds must fit on the disks of those that stay. Where disks are not told, Elasticsearch itself keeps the marks. */
export function noRoom(snapshot: Snapshot, leaving: NodeView): Problem | undefined {
  const bytes = leaving.pilot?.status.data?.bytes ?? 0;
  const volumes = stayingDataNodes(snapshot, leaving).map(({ pilot }) => pilot?.status.data?.volume);
  const room = volumes.reduce((sum, volume) => {
    if (volume === undefined) return Infinity;
    return sum + Math.max(0, volume.freeBytes - Math.min(volume.totalBytes * LOW_WATERMARK_FREE, LOW_WATERMARK_HEADROOM));
  }, 0);
  if (bytes <= room) return undefined;
  const [held, free] = [bytes, room].map((amount) => `${Math.ceil(amount / 2 ** 20)} MiB`);
  const message = `"${leaving.name}" holds ${held}, and the disks of the nodes that stay take ${free} before they are too full for shards`;
  return { reason: 'NoRoom', message };
}
