import type { CassandraClusterSpec } from '@navigator/api-types';
import { allNodes, wantedNodes } from '../../guards/node-state.ts';
import type { ClusterSnapshot, NodeView } from '../../snapshot.ts';
import type { HealthReport } from '../engine.ts';
import { freshReports, isDown, knowsProcess, type Report } from '../reports.ts';
import { racksOf } from './pools.ts';

type Snapshot = ClusterSnapshot<CassandraClusterSpec>;

/**
 * Cassandra has no health of its own, so the views of all nodes are mapped to Elasticsearch's colours: Green when every
 * node that the spec asks for is Up and Normal in every fresh view; Yellow when something is short of that but more than
 * half of the ring is up; Red below; Unknown when nobody reports.
 */
export function health(snapshot: Snapshot): HealthReport {
  const reports = freshReports(snapshot);
  const members = new Set(reports.flatMap(({ view }) => view.members.map(({ id }) => id)));
  if (members.size === 0) return { health: 'Unknown', message: 'No node reports how it sees the ring' };
  const clusters = new Set(reports.flatMap(({ view }) => view.clusterId ?? []));
  if (clusters.size > 1) return { health: 'Unknown', message: `Nodes belong to different clusters: ${[...clusters].join(', ')}` };
  const down = [...members].filter((id) => !isUp(snapshot, reports, id));
  if ((members.size - down.length) * 2 <= members.size) {
    return { health: 'Red', message: `${members.size - down.length} of ${members.size} members are up in every view` };
  }
  const missing = wantedNodes(snapshot)
    .filter((node) => !isNodeUp(snapshot, reports, node))
    .map((node) => node.name);
  if (missing.length > 0) return { health: 'Yellow', message: `Not up and normal in every view: ${missing.join(', ')}` };
  if (down.length > 0) return { health: 'Yellow', message: `Members without a node are not up: host ids ${down.join(', ')}` };
  return { health: 'Green', message: '' };
}

/** `{ nodes: '3/3', racks: 1 }`. */
export function summarize(snapshot: Snapshot): Record<string, string | number> {
  const reports = freshReports(snapshot);
  const wanted = wantedNodes(snapshot);
  const up = wanted.filter((node) => isNodeUp(snapshot, reports, node));
  return { nodes: `${up.length}/${wanted.length}`, racks: racksOf(snapshot.cluster).length };
}

function isNodeUp(snapshot: Snapshot, reports: readonly Report[], node: NodeView): boolean {
  const id = node.pilot?.status.identity?.id;
  return id !== undefined && reports.length > 0 && isUp(snapshot, reports, id);
}

/** A view that is older than the node's process, or that has not noticed that it is gone, is no proof. */
function isUp(snapshot: Snapshot, reports: readonly Report[], id: string): boolean {
  const node = allNodes(snapshot).find(({ pilot }) => pilot?.status.identity?.id === id);
  if (node !== undefined && isDown(node, snapshot.now)) return false;
  return reports.every((report) => {
    const listed = report.view.members.some((member) => member.id === id && member.state === 'Up');
    return listed && (node === undefined || report.node === node || knowsProcess(report, node));
  });
}
