import type { Call } from '@navigator/pilot/lab/elasticsearch';
import { type EsCluster, isData } from './model.ts';

const EXCLUDE = 'cluster.routing.allocation.exclude._name';
const ENABLE = 'cluster.routing.allocation.enable';
const NEW_PRIMARIES = 'cluster.routing.allocation.node_initial_primaries_recoveries';
const REBALANCE = 'cluster.routing.rebalance.enable';
const MARKS = 'cluster.metadata.navigator.';

/** Ids of members that no shard may be on. */
export function excludedNodes({ settings, members }: EsCluster): ReadonlySet<string> {
  const names = (settings.get(EXCLUDE) ?? '').split(',');
  return new Set([...members.values()].filter(({ place }) => names.includes(place.podName)).map(({ volume }) => volume.nodeId));
}

/** Whether only primaries get a place. */
export function isNarrowed({ settings }: EsCluster): boolean {
  return settings.get(ENABLE) === 'primaries';
}

/** Whether primaries get none, the first copies of new shards among them. */
export function isHeld({ settings }: EsCluster): boolean {
  return settings.get(NEW_PRIMARIES) === '0';
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
  const allocation = {
    exclude: { _name: settings.get(EXCLUDE) },
    enable: settings.get(ENABLE),
    node_initial_primaries_recoveries: settings.get(NEW_PRIMARIES),
  };
  const routing = { allocation, rebalance: { enable: settings.get(REBALANCE) } };
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
