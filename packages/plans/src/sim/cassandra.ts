import type { CassandraPilotConfig, PilotSpec } from '@navigator/api-types';
import { type NodeFacts, planStart, type StartPlan } from '@navigator/pilot/lab/cassandra';
import { seedOf } from '../seed.ts';
import { factsOf } from './cassandra/facts.ts';
import type { CassandraProcess, CassandraVolume, Host, Mode, RingEntry } from './cassandra/model.ts';
import { nodeEngine } from './cassandra/node-engine.ts';
import type { DatabaseContext, LookFault, NodePlace, SimDatabase, SimNode } from './database.ts';

const NO_PEERS = 3;
/** A JVM with Cassandra answers no sooner; reports from before do not count for the controller. */
const START_MS = [6000, 9000] as const;

/**
 * Cassandra as Navigator can see it: host ids in the volume, a ring of which each node has its own, late view, joins that
 * take time and need every token range's owner. What must never be done to it is recorded as a violation.
 */
export class SimCassandra implements SimDatabase {
  readonly #context: DatabaseContext;
  readonly #processes = new Map<string, CassandraProcess>();
  /** Every host that has ever joined, or is joining. */
  readonly #hosts = new Map<string, Host>();
  readonly #volumes = new Map<string, number>();
  #version = 0;
  #rings = 0;

  constructor(context: DatabaseContext) {
    this.#context = context;
  }

  node(place: NodePlace, faultNow: () => LookFault | undefined): SimNode {
    const volume = this.#volumeOf(place);
    let seeds: readonly string[] = [];
    const engine = nodeEngine({
      volume,
      plan: (spec) => this.#plan(place, volume, spec),
      planned: (chosen) => (seeds = chosen),
      facts: () => this.#facts(place.podUid),
      faultNow,
      drained: () => this.#setMode(place.podUid, 'DRAINED'),
      place,
    });
    return {
      engine,
      start: (ended) => this.#start({ place, volume, seeds, mode: undefined, ring: [], ended }),
      end: (graceful) => this.#stop(place.podUid, graceful),
      version: () => this.#version,
    };
  }

  serves(podName: string): boolean {
    return [...this.#processes.values()].some(({ place, mode }) => place.podName === podName && mode === 'NORMAL');
  }

  harm(podName: string): string | undefined {
    const down = [...this.#hosts.values()].filter(
      ({ podName: other, state }) => state === 'normal' && other !== podName && !this.serves(other),
    );
    return down[0] && `"${down[0].podName}" is down already: a replica set of three loses its quorum`;
  }

  problem(): string | undefined {
    if (this.#hosts.size === 0) return 'no ring has formed';
    const bad = [...this.#hosts.values()].find(({ podName, state }) => state === 'joining' || !this.serves(podName));
    return bad && `"${bad.podName}" is not up and normal`;
  }

  restingHealth(): string | undefined {
    return this.problem() === undefined ? 'Green' : undefined;
  }

  lost(): string {
    return 'it has the tokens of its node';
  }

  gives(): undefined {
    return undefined;
  }

  residue(): undefined {
    return undefined;
  }

  identity(): string | undefined {
    return this.#rings === 1 ? [...this.#hosts.keys()][0] : undefined;
  }

  /** Ids by pod, not by the order of starting: then two runs can be compared. */
  #volumeOf({ volume, podName }: NodePlace): CassandraVolume {
    if (volume.content === undefined) {
      const nth = (this.#volumes.get(podName) ?? 0) + 1;
      this.#volumes.set(podName, nth);
      const [high, low] = [seedOf(podName).toString(16).padStart(8, '0'), String(nth).padStart(12, '0')];
      volume.content = {
        hostId: `${high}-0000-4000-8000-${low}`,
        hasFiles: false,
        bootstrapped: false,
      } satisfies CassandraVolume;
    }
    return volume.content as CassandraVolume;
  }

  #plan(place: NodePlace, volume: CassandraVolume, spec: PilotSpec): StartPlan {
    const config = place.config as unknown as CassandraPilotConfig;
    const peers = spec.seeds.filter((seed) => seed !== place.podName);
    const peerSeeds = [...new Set(peers.flatMap((pod) => this.#context.addressOf(pod) ?? []))].filter(
      (address) => address !== place.podIp,
    );
    const { marker, hasFiles, bootstrapped } = volume;
    return planStart({
      podName: place.podName,
      podIp: place.podIp,
      config,
      spec,
      peerSeeds,
      volume: { ...(marker ? { marker } : {}), hasFiles, hasSystemLocal: bootstrapped },
    });
  }

  #start(process: CassandraProcess): void {
    this.#processes.set(process.place.podUid, process);
    process.volume.hasFiles = true;
    this.#version += 1;
    this.#after(process, START_MS, () => this.#boot(process));
  }

  #boot(process: CassandraProcess): void {
    process.mode = 'STARTING';
    process.place.volume.openings += 1;
    this.#version += 1;
    const { volume, place, seeds } = process;
    if (volume.bootstrapped) return this.#after(process, [500, 2000], () => this.#normal(process));
    if (seeds.includes(place.podIp)) {
      if (this.#hosts.size > 0) this.#context.violation(`"${place.podName}" finds itself among its seeds and joins without data`);
      this.#rings += 1;
      return this.#after(process, [1000, 2000], () => this.#normal(process));
    }
    const live = [...this.#processes.values()].filter(
      ({ mode, place: other }) => mode === 'NORMAL' && seeds.includes(other.podIp),
    );
    if (live.length === 0)
      return this.#after(process, [30_000, 30_000], () => this.#die(process, 'cannot gossip with any of its seeds'));
    const joining = [...this.#hosts.values()].find(({ state, podName }) => state === 'joining' && podName !== place.podName);
    if (joining) this.#context.violation(`"${place.podName}" joins while "${joining.podName}" does`);
    const down = [...this.#hosts.values()].find(({ state, podName }) => state === 'normal' && !this.serves(podName));
    if (down)
      return this.#after(process, [2000, 2000], () =>
        this.#die(process, `a node required to move the data consistently is down: ${down.podName}`),
      );
    this.#hosts.set(volume.hostId, hostOf(process, 'joining'));
    process.mode = 'JOINING';
    this.#context.note('cassandra', `${place.podName} joins`);
    this.#gossip();
    this.#after(process, [6000, 12_000], () => this.#normal(process));
  }

  #normal(process: CassandraProcess): void {
    process.mode = 'NORMAL';
    process.volume.bootstrapped = true;
    this.#hosts.set(process.volume.hostId, hostOf(process, 'normal'));
    this.#context.note('cassandra', `${process.place.podName} is normal`);
    this.#gossip();
  }

  #die(process: CassandraProcess, why: string): void {
    this.#context.note('cassandra', `${process.place.podName} ends: ${why}`);
    this.#stop(process.place.podUid, false);
    process.ended(NO_PEERS);
  }

  #stop(podUid: string, graceful: boolean): void {
    const process = this.#processes.get(podUid);
    if (!process) return;
    this.#processes.delete(podUid);
    const { hostId } = process.volume;
    // A joiner that dies before it is normal is forgotten by the others: it holds no token.
    if (this.#hosts.get(hostId)?.state === 'joining') this.#hosts.delete(hostId);
    this.#version += 1;
    this.#context.clock.setTimeout(() => this.#gossip(), graceful ? 100 : 6000);
  }

  #setMode(podUid: string, mode: Mode): void {
    const process = this.#processes.get(podUid);
    if (process) process.mode = mode;
    this.#gossip();
  }

  /** What is so now reaches each node a little later. */
  #gossip(): void {
    this.#version += 1;
    for (const process of this.#processes.values()) {
      if (process.mode === undefined) continue;
      this.#after(process, [300, 3000], () => {
        process.ring = this.#ring();
        this.#version += 1;
      });
    }
  }

  #ring(): readonly RingEntry[] {
    return [...this.#hosts].map(([hostId, { address, state, version, podName }]) => ({
      hostId,
      address,
      state,
      version,
      isLive: this.#isLive(podName),
    }));
  }

  #isLive(podName: string): boolean {
    return [...this.#processes.values()].some(
      ({ place, mode }) => place.podName === podName && mode !== undefined && mode !== 'DRAINED',
    );
  }

  #after(process: CassandraProcess, [from, to]: readonly [number, number], task: () => void): void {
    this.#context.clock.setTimeout(
      () => {
        if (this.#processes.get(process.place.podUid) === process) task();
      },
      this.#context.random.int(from, to),
    );
  }

  /** Undefined when the JVM does not answer. */
  #facts(podUid: string): NodeFacts | undefined {
    const process = this.#processes.get(podUid);
    return process && factsOf(process);
  }
}

function hostOf({ place }: CassandraProcess, state: Host['state']): Host {
  return { address: place.podIp, state, version: place.version, podName: place.podName };
}
