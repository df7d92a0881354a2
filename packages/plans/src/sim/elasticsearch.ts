import type { PilotSpec } from '@navigator/api-types';
import { type Command, type NodeEngine, type Observation, type StartVerdict } from '@navigator/pilot/lab';
import { type Call, LocalHttp, PilotError, Probe } from '@navigator/pilot/lab/elasticsearch';
import type { DatabaseContext, LookFault, NodePlace, SimDatabase, SimNode } from './database.ts';

interface EsVolume {
  readonly nodeId: string;
  /** The cluster that this node has joined; written with the first cluster state. */
  clusterId?: string;
  forming?: string;
  hasFiles: boolean;
}

interface EsProcess {
  readonly place: NodePlace;
  readonly volume: EsVolume;
  readonly processId: string;
  readonly roles: readonly string[];
  readonly initialMembers: readonly string[] | undefined;
  isUp: boolean;
  ended: (code: number) => void;
}

interface Shard {
  readonly name: string;
  /** Node ids that hold a copy, with whether it serves. */
  readonly copies: Map<string, 'started' | 'recovering' | 'away'>;
  /** Copies that have every acknowledged write: only these may become primary. */
  readonly inSync: Set<string>;
}

interface EsCluster {
  readonly id: string;
  readonly members: Map<string, EsProcess>;
  voting: Set<string>;
  master: string | undefined;
  readonly shards: Shard[];
}

const COPIES = 2;

/**
 * Elasticsearch as Navigator can see it: masters vote with a quorum of a voting configuration that follows the members, a
 * cluster bootstraps from its initial members when no other is in sight, and shards have copies that go and recover.
 */
export class SimElasticsearch implements SimDatabase {
  readonly #context: DatabaseContext;
  readonly #processes = new Map<string, EsProcess>();
  readonly #clusters: EsCluster[] = [];
  readonly #volumes = new Map<string, number>();
  #ids = 0;
  #version = 0;
  #isDue = false;

  constructor(context: DatabaseContext) {
    this.#context = context;
  }

  node(place: NodePlace, faultNow: () => LookFault | undefined): SimNode {
    const volume = this.#volumeOf(place);
    const roles = Array.isArray(place.config['roles']) ? place.config['roles'].map(String) : [];
    const http = new PlayedHttp((path) => this.#answer(place.podUid, path), faultNow);
    let initialMembers: readonly string[] | undefined;
    const prepare = (spec: PilotSpec): void => {
      initialMembers = membersToForm(volume, spec, { podName: place.podName, isMaster: roles.includes('master') });
    };
    return {
      engine: nodeEngine({
        prepare,
        probe: new Probe(http, () => this.#context.clock.monotonic()),
        volume,
        formed: () => delete volume.forming,
      }),
      start: (ended) =>
        this.#start({ place, volume, roles, initialMembers, processId: this.#newId('process'), isUp: false, ended }),
      end: (graceful) => this.#stop(place.podUid, graceful),
      version: () => this.#version,
    };
  }

  serves(podName: string): boolean {
    return this.#clusters.some(
      (cluster) => cluster.master !== undefined && [...cluster.members.values()].some(({ place }) => place.podName === podName),
    );
  }

  harm(podName: string): string | undefined {
    const cluster = this.#clusters[0];
    const process = [...(cluster?.members.values() ?? [])].find(({ place }) => place.podName === podName);
    if (!cluster || !process) return undefined;
    const left = [...cluster.voting].filter((id) => cluster.members.has(id) && id !== process.volume.nodeId).length;
    const alone = cluster.voting.size === 1 && cluster.voting.has(process.volume.nodeId);
    // Elasticsearch moves the only vote before a node is shut down only if told; a cluster of two masters loses its leader.
    if (!alone && cluster.voting.size >= 3 && left * 2 <= cluster.voting.size)
      return `masters lose their quorum: ${left} of ${cluster.voting.size} votes are left`;
    const lost = cluster.shards.find(
      (shard) =>
        shard.copies.size >= COPIES && shard.copies.get(process.volume.nodeId) === 'started' && startedCopies(shard) === 1,
    );
    return lost && `shard ${lost.name} has its only good copy there`;
  }

  problem(): string | undefined {
    const [cluster, ...others] = this.#clusters;
    if (!cluster) return 'no cluster has formed';
    if (others.length > 0) return 'more than one cluster has formed';
    if (cluster.master === undefined) return 'no master is elected';
    const red = cluster.shards.find((shard) => startedCopies(shard) === 0);
    return red && `shard ${red.name} has no good copy`;
  }

  identity(): string | undefined {
    return this.#clusters[0]?.id;
  }

  /** Ids by pod, not by the order of starting: then two runs can be compared. */
  #volumeOf({ volume, podName }: NodePlace): EsVolume {
    if (volume.content === undefined) {
      const nth = (this.#volumes.get(podName) ?? 0) + 1;
      this.#volumes.set(podName, nth);
      volume.content = { nodeId: `${podName}.${nth}`, hasFiles: false } satisfies EsVolume;
    }
    return volume.content as EsVolume;
  }

  #newId(word: string): string {
    this.#ids += 1;
    return `${word}-${this.#ids}`;
  }

  #start(process: EsProcess): void {
    this.#processes.set(process.place.podUid, process);
    process.volume.hasFiles = true;
    this.#context.clock.setTimeout(
      () => {
        if (this.#processes.get(process.place.podUid) !== process) return;
        process.isUp = true;
        this.#changed();
      },
      this.#context.random.int(6000, 9000),
    );
  }

  #stop(podUid: string, graceful: boolean): void {
    const process = this.#processes.get(podUid);
    if (!process) return;
    this.#processes.delete(podUid);
    this.#version += 1;
    this.#context.clock.setTimeout(() => this.#left(process), graceful ? 50 : 1000);
  }

  #left(process: EsProcess): void {
    for (const cluster of this.#clusters) {
      const id = process.volume.nodeId;
      if (cluster.members.get(id) !== process) continue;
      cluster.members.delete(id);
      if (cluster.master === id) cluster.master = undefined;
      for (const shard of cluster.shards) {
        if (!shard.copies.has(id)) continue;
        shard.copies.set(id, 'away');
        if (startedCopies(shard) > 0) shard.inSync.delete(id);
      }
      this.#context.clock.setTimeout(() => this.#reallocate(cluster, id), 60_000);
    }
    this.#changed();
  }

  #changed(): void {
    this.#version += 1;
    if (this.#isDue) return;
    this.#isDue = true;
    const settle = (): void => {
      this.#isDue = false;
      this.#settle();
    };
    this.#context.clock.setTimeout(settle, this.#context.random.int(300, 1500));
  }

  #settle(): void {
    for (const cluster of this.#clusters) this.#elect(cluster);
    for (const process of this.#processes.values()) if (process.isUp) this.#join(process);
    this.#bootstrap();
    for (const cluster of this.#clusters) this.#tend(cluster);
    this.#version += 1;
  }

  #elect(cluster: EsCluster): void {
    if (cluster.master !== undefined) return;
    const voters = [...this.#processes.values()].filter(
      ({ isUp, volume }) => isUp && volume.clusterId === cluster.id && cluster.voting.has(volume.nodeId),
    );
    if (voters.length * 2 <= cluster.voting.size) return;
    cluster.master = this.#context.random.pick(voters).volume.nodeId;
    this.#context.note('elasticsearch', `${cluster.id} elects ${cluster.master}`);
  }

  #join(process: EsProcess): void {
    const { volume } = process;
    const cluster = this.#clusters.find(
      ({ id, master }) => master !== undefined && (volume.clusterId === undefined || volume.clusterId === id),
    );
    if (!cluster || cluster.members.get(volume.nodeId) === process) return;
    cluster.members.set(volume.nodeId, process);
    volume.clusterId = cluster.id;
    this.#context.note('elasticsearch', `${process.place.podName} joins ${cluster.id}`);
  }

  #bootstrap(): void {
    const forming = [...this.#processes.values()].filter(
      ({ isUp, volume, initialMembers }) => isUp && volume.clusterId === undefined && initialMembers !== undefined,
    );
    const first = forming[0];
    if (!first?.initialMembers) return;
    const found = first.initialMembers.filter((name) => forming.some(({ place }) => place.podName === name));
    if (found.length * 2 <= first.initialMembers.length) return;
    if (this.#clusters.length > 0) this.#context.violation(`Elasticsearch bootstraps a second time: ${found.join(', ')}`);
    const members = new Map(forming.map((process) => [process.volume.nodeId, process]));
    const id = this.#newId('cluster');
    for (const { volume } of forming) volume.clusterId = id;
    this.#clusters.push({ id, members, voting: new Set(), master: first.volume.nodeId, shards: [] });
    this.#context.note('elasticsearch', `${id} forms from ${found.join(', ')}`);
    this.#changed();
  }

  /** What the master does: votes follow the members, copies are allocated and recover. */
  #tend(cluster: EsCluster): void {
    if (cluster.master === undefined) return;
    const eligible = [...cluster.members.values()]
      .filter(({ roles }) => roles.includes('master'))
      .map(({ volume }) => volume.nodeId);
    const size = Math.max(eligible.length - (eligible.length % 2 === 0 ? 1 : 0), Math.min(3, cluster.voting.size));
    const kept = eligible.filter((id) => cluster.voting.has(id));
    const order = [
      ...new Set([...(eligible.includes(cluster.master) ? [cluster.master] : []), ...kept, ...eligible, ...cluster.voting]),
    ];
    cluster.voting = new Set(order.slice(0, Math.max(1, size)));
    const data = [...cluster.members.values()]
      .filter(({ roles }) => roles.some((role) => role.startsWith('data')))
      .map(({ volume }) => volume.nodeId);
    if (cluster.shards.length === 0 && data.length > 0) cluster.shards.push(...['a', 'b'].map((name) => newShard(name)));
    for (const [index, shard] of cluster.shards.entries())
      this.#allocate(cluster, shard, [...data.slice(index), ...data.slice(0, index)]);
  }

  #allocate(cluster: EsCluster, shard: Shard, data: readonly string[]): void {
    for (const [id, state] of shard.copies) {
      if (state !== 'away' || !data.includes(id)) continue;
      if (startedCopies(shard) > 0) this.#recover(cluster, shard, id);
      else if (shard.inSync.has(id)) shard.copies.set(id, 'started');
    }
    for (const id of data) {
      if (shard.copies.size >= COPIES) return;
      if (shard.copies.has(id)) continue;
      if (shard.inSync.size === 0) {
        shard.copies.set(id, 'started');
        shard.inSync.add(id);
      } else if (startedCopies(shard) > 0) this.#recover(cluster, shard, id);
    }
  }

  #recover(cluster: EsCluster, shard: Shard, id: string): void {
    shard.copies.set(id, 'recovering');
    const process = cluster.members.get(id);
    this.#context.clock.setTimeout(
      () => {
        if (cluster.members.get(id) !== process || shard.copies.get(id) !== 'recovering') return;
        // Without a copy to recover from it waits for its next chance.
        if (startedCopies(shard) === 0) shard.copies.set(id, 'away');
        else {
          shard.copies.set(id, 'started');
          shard.inSync.add(id);
        }
        this.#changed();
      },
      this.#context.random.int(2000, 6000),
    );
  }

  /** A copy that stays away for a minute is made anew on another node, if there is one. */
  #reallocate(cluster: EsCluster, id: string): void {
    if (cluster.members.has(id)) return;
    for (const shard of cluster.shards) {
      const other = [...cluster.members.values()].some(
        ({ volume, roles }) => !shard.copies.has(volume.nodeId) && roles.some((role) => role.startsWith('data')),
      );
      if (shard.copies.get(id) === 'away' && other && startedCopies(shard) > 0) shard.copies.delete(id);
    }
    this.#changed();
  }

  #answer(podUid: string, path: string): unknown {
    const process = this.#processes.get(podUid);
    if (!process?.isUp) return undefined;
    const { nodeId } = process.volume;
    const address = `${process.place.podIp}:9300`;
    const cluster = this.#clusters.find(({ members }) => members.get(nodeId) === process);
    if (path.startsWith('/_nodes/_local/stats'))
      return {
        nodes: { [nodeId]: { indices: { docs: { count: 7 }, store: { size_in_bytes: 4096 }, shard_stats: { total_count: 2 } } } },
      };
    if (path.startsWith('/_nodes/_local'))
      return { nodes: { [nodeId]: { version: process.place.version, transport_address: address } } };
    if (path.startsWith('/_cluster/health')) return healthAnswer(cluster);
    if (path.startsWith('/_cluster/state/routing_table')) return routingAnswer(cluster);
    if (!path.startsWith('/_cluster/state')) return {};
    const nodes = [...(cluster?.members.values() ?? [])].map((member) => [
      member.volume.nodeId,
      {
        name: member.place.podName,
        ephemeral_id: member.processId,
        transport_address: `${member.place.podIp}:9300`,
        version: member.place.version,
      },
    ]);
    return {
      cluster_uuid: process.volume.clusterId ?? '_na_',
      master_node: cluster?.master ?? null,
      nodes: Object.fromEntries(nodes) as unknown,
    };
  }
}

function newShard(name: string): Shard {
  return { name, copies: new Map(), inSync: new Set() };
}

function startedCopies(shard: Shard): number {
  return [...shard.copies.values()].filter((state) => state === 'started').length;
}

function healthAnswer(cluster: EsCluster | undefined): unknown {
  const shards = cluster?.shards ?? [];
  const isRed = shards.some((shard) => startedCopies(shard) === 0);
  const missing = shards.reduce(
    (sum, shard) => sum + COPIES - [...shard.copies.values()].filter((state) => state !== 'away').length,
    0,
  );
  const recovering = shards.reduce(
    (sum, shard) => sum + [...shard.copies.values()].filter((state) => state === 'recovering').length,
    0,
  );
  const status = isRed ? 'red' : missing + recovering > 0 ? 'yellow' : 'green';
  return { status, timed_out: false, unassigned_shards: missing, initializing_shards: recovering, relocating_shards: 0 };
}

const ROUTING_STATES = { started: 'STARTED', recovering: 'INITIALIZING', away: 'UNASSIGNED' } as const;

function routingAnswer(cluster: EsCluster | undefined): unknown {
  const indices = (cluster?.shards ?? []).map((shard) => {
    const copies = [...shard.copies].map(([node, state]) => ({
      state: ROUTING_STATES[state],
      ...(state === 'away' ? {} : { node }),
    }));
    while (copies.length < COPIES) copies.push({ state: 'UNASSIGNED' });
    return [shard.name, { shards: { 0: copies } }];
  });
  return { routing_table: { indices: Object.fromEntries(indices) as unknown } };
}

/** As the pilot's volume.ts does it with a file: an empty volume, or one that had begun with the same members. */
function membersToForm(
  volume: EsVolume,
  spec: PilotSpec,
  node: { podName: string; isMaster: boolean },
): readonly string[] | undefined {
  const members = spec.bootstrap?.initialMembers;
  if (members === undefined || !node.isMaster || !members.includes(node.podName)) return undefined;
  if (!volume.hasFiles) volume.forming = members.join(',');
  return volume.forming === members.join(',') ? members : undefined;
}

function nodeEngine(parts: {
  prepare: (spec: PilotSpec) => void;
  probe: Probe;
  volume: EsVolume;
  formed: () => void;
}): NodeEngine {
  return {
    drainTimeoutMs: 60_000,
    checkVolume: async (): Promise<StartVerdict> => ({ start: true }),
    prepare: async (spec): Promise<Command> => {
      parts.prepare(spec);
      return { file: 'elasticsearch', args: [], env: {} };
    },
    observe: async (signal): Promise<Observation> => {
      const observation = await parts.probe.observe(signal);
      if (parts.probe.hasFormed) parts.formed();
      return observation;
    },
    drain: async () => {},
  };
}

/** The pilot's own HTTP client with the wire replaced: what comes back goes through its parsing all the same. */
class PlayedHttp extends LocalHttp {
  readonly #answer: (path: string) => unknown;
  readonly #faultNow: () => LookFault | undefined;

  constructor(answer: (path: string) => unknown, faultNow: () => LookFault | undefined) {
    super('127.0.0.1', 9200);
    this.#answer = answer;
    this.#faultNow = faultNow;
  }

  protected override async exchange(call: Call): Promise<{ status: number; text: string }> {
    const answer = this.#answer(call.path);
    const fault = this.#faultNow();
    if (answer === undefined) throw new PilotError('DatabaseUnreachable', 'connect ECONNREFUSED', { retryable: true });
    if (fault === 'error') return { status: 503, text: '{"error":"injected"}' };
    if (fault === 'timeout') return await hang(call.signal);
    if (fault === 'empty') return { status: 200, text: '{}' };
    if (fault === 'garbage') return { status: 200, text: '<html>proxy</html>' };
    if (fault === 'partial') return { status: 200, text: JSON.stringify(partOf(answer)) };
    return { status: 200, text: JSON.stringify(answer) };
  }
}

async function hang(signal: AbortSignal): Promise<never> {
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  if (signal.aborted) resolve();
  await promise;
  throw new PilotError('DatabaseTimeout', 'no answer in time', { retryable: true });
}

/** The first half of an object's fields, and no member of the maps in it. */
function partOf(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null) return answer;
  const entries = Object.entries(answer);
  return Object.fromEntries(
    entries
      .slice(0, Math.ceil(entries.length / 2))
      .map(([name, value]) => [name, typeof value === 'object' && value !== null ? {} : (value as unknown)]),
  );
}
