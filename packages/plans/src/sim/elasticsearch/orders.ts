import type { Call } from '@navigator/pilot/lab/elasticsearch';
import { type EsCluster, isData } from './model.ts';

const EXCLUDE = 'cluster.routing.allocation.exclude._name';
const EXCLUDE_ID = 'cluster.routing.allocation.exclude._id';
const ENABLE = 'cluster.routing.allocation.enable';
const REBALANCE = 'cluster.routing.rebalance.enable';
const MARKS = 'cluster.metadata.navigator.';

/** Ids of members that no shard may be on. */
export function excludedNodes({ settings, members }: EsCluster): ReadonlySet<string> {
  const names = (settings.get(EXCLUDE) ?? '').split(',');
  const ids = (settings.get(EXCLUDE_ID) ?? '').split(',');
  const excluded = [...members.values()].filter(
    ({ place, volume }) => names.includes(place.podName) || ids.includes(volume.nodeId),
  );
  return new Set(excluded.map(({ volume }) => volume.nodeId));
}

/** Whether only primaries get a place. */
export function isNarrowed(cluster: EsCluster): boolean {
  return cluster.settings.get(ENABLE) === 'primaries' || isNarrowedToNew(cluster);
}

/** Whether only primaries of new indices do: one whose node comes back does not. */
export function isNarrowedToNew({ settings }: EsCluster): boolean {
  return settings.get(ENABLE) === 'new_primaries';
}

export function isSteadied({ settings }: EsCluster): boolean {
  return settings.get(REBALANCE) === 'none';
}

/** Members that shards may come to. */
export function dataNodes(cluster: EsCluster): string[] {
  const excluded = excludedNodes(cluster);
  const ids = [...cluster.members.values()].filter(isData).map(({ volume }) => volume.nodeId);
  return ids.filter((id) => !excluded.has(id));
}

/** What Navigator has set in the cluster and not taken back; undefined when nothing is left. */
export function residueIn({ settings, exclusions }: EsCluster): string | undefined {
  const [first] = exclusions;
  if (first) return `the vote of ${first.name} is still taken`;
  const [setting] = settings;
  return setting && `the setting ${setting.join(': ')} is left`;
}

export function settingsAnswer({ settings }: EsCluster): unknown {
  const marks = [...settings]
    .filter(([name]) => name.startsWith(MARKS))
    .map(([name, value]) => [name.slice(MARKS.length), value]);
  const exclude = { _name: settings.get(EXCLUDE), _id: settings.get(EXCLUDE_ID) };
  const routing = { allocation: { exclude, enable: settings.get(ENABLE) }, rebalance: { enable: settings.get(REBALANCE) } };
  const navigator: unknown = Object.fromEntries(marks);
  return { persistent: { cluster: { routing, metadata: { navigator } } } };
}

export function coordinationAnswer({ id, voting, exclusions }: EsCluster): unknown {
  const excluded = exclusions.map(({ id: node_id, name: node_name }) => ({ node_id, node_name }));
  const coordination = { last_committed_config: [...voting], voting_config_exclusions: excluded };
  return { cluster_uuid: id, metadata: { cluster_coordination: coordination } };
}

/** Writes a setting, or takes or gives back votes. Returns what Elasticsearch answers; undefined when the call is none of these. */
export function obey(cluster: EsCluster, { method, path, body }: Call): unknown {
  const [place, query] = path.split('?');
  if (method === 'PUT' && place === '/_cluster/settings') return set(cluster, body);
  if (place !== '/_cluster/voting_config_exclusions') return undefined;
  if (method === 'DELETE') cluster.exclusions.length = 0;
  const asked = new URLSearchParams(query);
  const [name, id] = [asked.get('node_names'), asked.get('node_ids')];
  const member = [...cluster.members.values()].find(({ place, volume }) => place.podName === name || volume.nodeId === id);
  // Of an id that nobody has now the name is not known.
  const exclusion = { id: member?.volume.nodeId ?? id, name: member?.place.podName ?? '_absent_' };
  const isNew = !cluster.exclusions.some((other) => other.id === exclusion.id);
  if (method === 'POST' && isNew && exclusion.id !== null) cluster.exclusions.push({ id: exclusion.id, name: exclusion.name });
  return {};
}

function set({ settings }: EsCluster, body: object | undefined): unknown {
  const { persistent = {} } = (body ?? {}) as { persistent?: Record<string, string | null> };
  for (const [name, value] of Object.entries(persistent)) {
    if (value === null) settings.delete(name);
    else settings.set(name, value);
  }
  return { acknowledged: true };
}
