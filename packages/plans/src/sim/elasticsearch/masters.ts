import type { DatabaseContext } from '../database.ts';
import { type EsCluster, type EsProcess, isMaster } from './model.ts';

/** A majority of the voting configuration that is up elects one of itself. */
export function elect(cluster: EsCluster, processes: Iterable<EsProcess>, { random, note }: DatabaseContext): void {
  if (cluster.master !== undefined) return;
  const voters = [...processes].filter(
    ({ isUp, volume }) => isUp && volume.clusterId === cluster.id && cluster.voting.has(volume.nodeId),
  );
  if (voters.length * 2 <= cluster.voting.size) return;
  cluster.master = random.pick(voters).volume.nodeId;
  note('elasticsearch', `${cluster.id} elects ${cluster.master}`);
}

/** A process that is up joins the cluster of its volume, or any when its volume knows none. */
export function join(process: EsProcess, clusters: readonly EsCluster[], { note }: DatabaseContext): void {
  const { volume } = process;
  const cluster = clusters.find(
    ({ id, master }) => master !== undefined && (volume.clusterId === undefined || volume.clusterId === id),
  );
  if (!cluster || cluster.members.get(volume.nodeId) === process) return;
  if (cluster.master !== volume.nodeId && isOlderThanAll(process, cluster)) return;
  cluster.members.set(volume.nodeId, process);
  volume.clusterId = cluster.id;
  note('elasticsearch', `${process.place.podName} joins ${cluster.id}`);
}

/** Elasticsearch lets no node join that is older than the oldest member. */
function isOlderThanAll({ place }: EsProcess, { members }: EsCluster): boolean {
  const versions = [...members.values()].map((member) => member.place.version);
  return versions.length > 0 && versions.every((version) => version.localeCompare(place.version, 'en', { numeric: true }) > 0);
}

/** More than half of the initial members that see each other and no cluster form one. */
export function bootstrap(processes: Iterable<EsProcess>, newId: () => string): { cluster: EsCluster; from: string } | undefined {
  const forming = [...processes].filter(
    ({ isUp, volume, initialMembers }) => isUp && volume.clusterId === undefined && initialMembers !== undefined,
  );
  const first = forming[0];
  if (!first?.initialMembers) return undefined;
  const found = first.initialMembers.filter((name) => forming.some(({ place }) => place.podName === name));
  if (found.length * 2 <= first.initialMembers.length) return undefined;
  const members = new Map(forming.map((process) => [process.volume.nodeId, process]));
  const id = newId();
  for (const { volume } of forming) volume.clusterId = id;
  const cluster: EsCluster = {
    id,
    members,
    voting: new Set(),
    master: first.volume.nodeId,
    shards: [],
    settings: new Map(),
    exclusions: [],
  };
  return { cluster, from: found.join(', ') };
}

/**
 * The voting configuration follows the members: always odd, and never shrinking below three, but for votes that are taken. A
 * leader whose vote is taken gives the lead away.
 */
export function reconfigure(cluster: EsCluster): void {
  if (cluster.master === undefined) return;
  const taken = new Set(cluster.exclusions.map(({ id }) => id));
  const masters = [...cluster.members.values()].filter(isMaster).map(({ volume }) => volume.nodeId);
  const eligible = masters.filter((id) => !taken.has(id));
  if (eligible.length === 0) return;
  const voting = [...cluster.voting].filter((id) => !taken.has(id));
  const size = Math.max(eligible.length - (eligible.length % 2 === 0 ? 1 : 0), Math.min(3, voting.length));
  const kept = eligible.filter((id) => cluster.voting.has(id));
  const order = [...new Set([...(eligible.includes(cluster.master) ? [cluster.master] : []), ...kept, ...eligible, ...voting])];
  cluster.voting = new Set(order.slice(0, Math.max(1, size)));
  if (taken.has(cluster.master)) cluster.master = undefined;
}

/** Why the masters would have no majority without this node. */
export function quorumLostWithout(cluster: EsCluster, nodeId: string): string | undefined {
  const left = [...cluster.voting].filter((id) => cluster.members.has(id) && id !== nodeId).length;
  const alone = cluster.voting.size === 1 && cluster.voting.has(nodeId);
  // Elasticsearch moves the only vote before a node is shut down only if told; a cluster of two masters loses its leader.
  return !alone && cluster.voting.size >= 3 && left * 2 <= cluster.voting.size
    ? `masters lose their quorum: ${left} of ${cluster.voting.size} votes are left`
    : undefined;
}
