import { type Call, Probe } from '@navigator/pilot/lab/elasticsearch';
import type { DatabaseContext, LookFault, NodePlace, SimDatabase, SimNode } from './database.ts';
import { answerTo } from './elasticsearch/answers.ts';
import { bootstrap, elect, join, quorumLostWithout, reconfigure } from './elasticsearch/masters.ts';
import { COPIES, type EsCluster, type EsProcess, type EsVolume, type Shard, startedCopies } from './elasticsearch/model.ts';
import { residueIn } from './elasticsearch/orders.ts';
import { nodeEngine } from './elasticsearch/node-engine.ts';
import { PlayedHttp } from './elasticsearch/played-http.ts';
import { restingHealth, Shards } from './elasticsearch/shards.ts';

/**
 * Elasticsearch as Navigator can see it: masters vote with a quorum of a voting configuration that follows the members, a
 * cluster bootstraps from its initial members when no other is in sight, and shards have copies that go and recover.
 */
export class SimElasticsearch implements SimDatabase {
  readonly #context: DatabaseContext;
  readonly #shards: Shards;
  /** By uid of their pod. */
  readonly #processes = new Map<string, EsProcess>();
  /** More than one is a violation. */
  readonly #clusters: EsCluster[] = [];
  readonly #volumes = new Map<string, number>();
  #ids = 0;
  #version = 0;
  #isDue = false;

  constructor(context: DatabaseContext) {
    this.#context = context;
    this.#shards = new Shards(context, () => this.#changed());
  }

  node(place: NodePlace, faultNow: () => LookFault | undefined): SimNode {
    const volume = this.#volumeOf(place);
    const roles = Array.isArray(place.config['roles']) ? place.config['roles'].map(String) : [];
    const http = new PlayedHttp((call) => this.#answer(place.podUid, call), faultNow);
    let initialMembers: readonly string[] | undefined;
    return {
      engine: nodeEngine({
        http,
        probe: new Probe(http, () => this.#context.clock.monotonic()),
        volume,
        node: { podName: place.podName, isMaster: roles.includes('master'), version: place.version },
        prepared: (members) => (initialMembers = members),
      }),
      start: (ended) =>
        this.#start({ place, volume, roles, initialMembers, processId: this.#newId('process'), isUp: false, ended }),
      end: (graceful) => this.#stop(place.podUid, graceful),
      version: () => this.#version,
    };
  }

  serves(podName: string): boolean {
    return this.#clusters.some((cluster) => cluster.master !== undefined && memberOf(cluster, podName) !== undefined);
  }

  harm(podName: string): string | undefined {
    const cluster = this.#clusters[0];
    const process = cluster && memberOf(cluster, podName);
    if (!process) return undefined;
    const { nodeId } = process.volume;
    const lost = cluster.shards.find(
      (shard) => shard.copies.size >= COPIES && shard.copies.get(nodeId) === 'started' && startedCopies(shard) === 1,
    );
    return quorumLostWithout(cluster, nodeId) ?? (lost && `shard ${lost.name} has its only good copy there`);
  }

  problem(): string | undefined {
    const [cluster, ...others] = this.#clusters;
    if (!cluster) return 'no cluster has formed';
    if (others.length > 0) return 'more than one cluster has formed';
    if (cluster.master === undefined) return 'no master is elected';
    const red = cluster.shards.find((shard) => startedCopies(shard) === 0);
    return red && `shard ${red.name} has no good copy`;
  }

  restingHealth(): string | undefined {
    const cluster = this.#clusters[0];
    return cluster && this.problem() === undefined ? restingHealth(cluster) : undefined;
  }

  lost(podName: string): string | undefined {
    const cluster = this.#clusters[0];
    if (!cluster) return undefined;
    const id = `${podName}.${this.#volumes.get(podName) ?? 1}`;
    const isElsewhere = ({ copies }: Shard): boolean => [...copies].some(([node, state]) => node !== id && state === 'started');
    const shard = cluster.shards.find((each) => (each.copies.has(id) || each.inSync.has(id)) && !isElsewhere(each));
    if (shard) return `it has the only good copy of shard ${shard.name}`;
    const left = [...cluster.voting].filter((voter) => voter !== id && cluster.members.has(voter)).length;
    return left * 2 > cluster.voting.size ? undefined : `${left} of ${cluster.voting.size} votes would be left, for ever`;
  }

  gives(podName: string): string | undefined {
    const cluster = this.#clusters[0];
    const id = cluster && memberOf(cluster, podName)?.volume.nodeId;
    if (!cluster || id === undefined) return undefined;
    const shard = cluster.shards.find(({ copies }) => copies.has(id) && copies.get(id) !== 'away');
    if (shard) return `it holds a copy of shard ${shard.name}`;
    return cluster.voting.has(id) ? `it has one of ${cluster.voting.size} votes` : undefined;
  }

  residue(): string | undefined {
    // Of one that has stopped as a whole the last pilots left what holds while nodes stop; who starts it again takes it back.
    if (this.#processes.size === 0) return undefined;
    return this.#clusters[0] && residueIn(this.#clusters[0]);
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
        process.place.volume.openings += 1;
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
    const { nodeId } = process.volume;
    for (const cluster of this.#clusters.filter(({ members }) => members.get(nodeId) === process)) {
      cluster.members.delete(nodeId);
      if (cluster.master === nodeId) cluster.master = undefined;
      this.#shards.left(cluster, nodeId);
    }
    this.#changed();
  }

  /** Whatever changed, nodes and masters find out a little later. */
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
    for (const cluster of this.#clusters) elect(cluster, this.#processes.values(), this.#context);
    for (const process of this.#processes.values()) if (process.isUp) join(process, this.#clusters, this.#context);
    this.#bootstrap();
    for (const cluster of this.#clusters) {
      if (cluster.master === undefined) continue;
      reconfigure(cluster);
      if (cluster.master === undefined) this.#changed();
      this.#shards.allocate(cluster);
    }
    this.#version += 1;
  }

  #bootstrap(): void {
    const formed = bootstrap(this.#processes.values(), () => this.#newId('cluster'));
    if (!formed) return;
    if (this.#clusters.length > 0) this.#context.violation(`Elasticsearch bootstraps a second time: ${formed.from}`);
    this.#clusters.push(formed.cluster);
    this.#context.note('elasticsearch', `${formed.cluster.id} forms from ${formed.from}`);
    this.#changed();
  }

  #answer(podUid: string, call: Call): unknown {
    const process = this.#processes.get(podUid);
    if (!process?.isUp) return undefined;
    const cluster = this.#clusters.find(({ members }) => members.get(process.volume.nodeId) === process);
    const answer = answerTo({ process, cluster, call });
    if (call.method !== 'GET') this.#changed();
    return answer;
  }
}

function memberOf(cluster: EsCluster, podName: string): EsProcess | undefined {
  return [...cluster.members.values()].find(({ place }) => place.podName === podName);
}
