import { ANNOTATIONS, type ElasticsearchClusterSpec } from '@navigator/api-types';
import { allNodes } from '../../guards/node-state.ts';
import type { ClusterSnapshot } from '../../snapshot.ts';
import type { HealthReport } from '../engine.ts';
import { freshReports, isDown } from '../reports.ts';
import { currentView } from './cluster-view.ts';
import { isMasterEligible } from './pools.ts';

type Snapshot = ClusterSnapshot<ElasticsearchClusterSpec>;

/** Health in the master's own words, with what Elasticsearch says about shards without a node and about its disks. */
export function health(snapshot: Snapshot): HealthReport {
  const current = currentView(snapshot);
  if (!current.known) {
    const lost = quorumLost(snapshot);
    return { health: 'Unknown', message: current.problem.message, ...(lost === undefined ? {} : { concern: lost }) };
  }
  const { view } = current.report;
  const words = view.health === 'Green' ? [] : [view.message, view.explanation];
  const message = words.filter((part) => part !== undefined).join('; ');
  const concern: HealthReport['concern'] =
    view.disk === undefined ? undefined : { reason: 'DiskAlmostFull', message: `Elasticsearch says of its disks: ${view.disk}` };
  return { health: view.health ?? 'Unknown', message, ...(concern === undefined ? {} : { concern }) };
}

/**
 * Nobody leads and less than a majority of the nodes that can vote is there: no answer of Elasticsearch will come, whatever is
 * waited for, until more of them are back. One whose pilot is silent counts as there: nothing is known of it.
 */
function quorumLost(snapshot: Snapshot): HealthReport['concern'] {
  if (snapshot.cluster.annotations[ANNOTATIONS.clusterId] === undefined) return undefined;
  if (freshReports(snapshot).some(({ view }) => view.authoritative)) return undefined;
  const pools = new Set(snapshot.cluster.spec.nodePools.filter(isMasterEligible).map(({ name }) => name));
  const masters = allNodes(snapshot).filter((node) => pools.has(node.pool) && node.pilot !== undefined);
  const away = masters.filter((node) => isDown(node, snapshot.now));
  const majority = Math.floor(masters.length / 2) + 1;
  if (masters.length - away.length >= majority) return undefined;
  const names = away.map(({ name }) => `"${name}"`).join(', ');
  const message = `${away.length} of ${masters.length} master-eligible nodes are not running (${names}); ${majority} must run to elect a master`;
  return { reason: 'QuorumLost', message };
}
