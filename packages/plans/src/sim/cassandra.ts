import type { CassandraPilotConfig, PilotSpec } from '@navigator/api-types';
import type { Command, NodeEngine, Observation, StartVerdict } from '@navigator/pilot/lab';
import {
  type Marker,
  nextMarker,
  type NodeFacts,
  planStart,
  type StartPlan,
  toObservation,
} from '@navigator/pilot/lab/cassandra';
import type { DatabaseContext, LookFault, NodePlace, SimDatabase, SimNode } from './database.ts';
import { seedOf } from '../seed.ts';

interface CassandraVolume {
  readonly hostId: string;
  marker?: Marker;
  hasFiles: boolean;
  /** Cassandra's own record: it has joined, and never bootstraps again. */
  bootstrapped: boolean;
}

type Mode = 'STARTING' | 'JOINING' | 'NORMAL' | 'DRAINED';

interface Process {
  readonly place: NodePlace;
  readonly volume: CassandraVolume;
  readonly seeds: readonly string[];
  mode: Mode | undefined;
  /** The ring as gossip has brought it here. */
  ring: readonly RingEntry[];
  ended: (code: number) => void;
}

interface RingEntry {
  readonly hostId: string;
  readonly address: string;
  readonly state: 'joining' | 'normal';
  readonly isLive: boolean;
  readonly version: string;
}

const NO_PEERS = 3;
/** A JVM with Cassandra answers no sooner; reports from before do not count for the controller. */
const START_MS = [6000, 9000] as const;

/**
 * Cassandra as Navigator can see it: host ids in the volume, a ring of which each node has its own, late view, joins that
 * take time and need every token range's owner. What must never be done to it is recorded as a violation.
 */
export class SimCassandra implements SimDatabase {
  readonly #context: DatabaseContext;
  readonly #processes = new Map<string, Process>();
  /** Every host that has ever joined, or is joining. */
  readonly #hosts = new Map<string, { address: string; state: 'joining' | 'normal'; version: string; podName: string }>();
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

  #start(process: Process): void {
    this.#processes.set(process.place.podUid, process);
    process.volume.hasFiles = true;
    this.#version += 1;
    this.#after(process, START_MS, () => this.#boot(process));
  }

  #boot(process: Process): void {
    process.mode = 'STARTING';
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
    this.#hosts.set(volume.hostId, this.#entry(process, 'joining'));
    process.mode = 'JOINING';
    this.#context.note('cassandra', `${place.podName} joins`);
    this.#gossip();
    this.#after(process, [6000, 12_000], () => this.#normal(process));
  }

  #normal(process: Process): void {
    process.mode = 'NORMAL';
    process.volume.bootstrapped = true;
    this.#hosts.set(process.volume.hostId, this.#entry(process, 'normal'));
    this.#context.note('cassandra', `${process.place.podName} is normal`);
    this.#gossip();
  }

  #die(process: Process, why: string): void {
    this.#context.note('cassandra', `${process.place.podName} ends: ${why}`);
    this.#stop(process.place.podUid, false);
    process.ended(NO_PEERS);
  }

  #entry(
    { place, volume: _volume }: Process,
    state: 'joining' | 'normal',
  ): { address: string; state: 'joining' | 'normal'; version: string; podName: string } {
    return { address: place.podIp, state, version: place.version, podName: place.podName };
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

  #after(process: Process, [from, to]: readonly [number, number], task: () => void): void {
    this.#context.clock.setTimeout(
      () => {
        if (this.#processes.get(process.place.podUid) === process) task();
      },
      this.#context.random.int(from, to),
    );
  }

  /** What JMX would tell; undefined when the JVM does not answer. */
  #facts(podUid: string): NodeFacts | undefined {
    const process = this.#processes.get(podUid);
    if (process?.mode === undefined) return undefined;
    const { mode, place, volume, ring } = process;
    const own: RingEntry = { hostId: volume.hostId, address: place.podIp, state: 'normal', isLive: true, version: place.version };
    const seen = [...ring.filter(({ hostId }) => hostId !== volume.hostId), ...(mode === 'NORMAL' ? [own] : [])];
    return {
      service: {
        OperationMode: mode,
        LocalHostId: volume.hostId,
        ReleaseVersion: place.version,
        NativeTransportRunning: mode === 'NORMAL',
        EndpointToHostId: Object.fromEntries(seen.map(({ address, hostId }) => [address, hostId])),
        LiveNodes: seen.filter(({ isLive }) => isLive).map(({ address }) => address),
        UnreachableNodes: seen.filter(({ isLive }) => !isLive).map(({ address }) => address),
        JoiningNodes: seen.filter(({ state }) => state === 'joining').map(({ address }) => address),
        LeavingNodes: [],
        MovingNodes: [],
      },
      loadBytes: 4096,
      gossip: seen
        .map(({ address, version }) => `/${address}\n  SCHEMA:12:schema-${version.split('.')[0]}\n  RELEASE_VERSION:4:${version}`)
        .join('\n'),
    };
  }
}

interface EngineParts {
  readonly place: NodePlace;
  readonly volume: CassandraVolume;
  readonly plan: (spec: PilotSpec) => StartPlan;
  readonly planned: (seeds: readonly string[]) => void;
  readonly facts: () => NodeFacts | undefined;
  readonly faultNow: () => LookFault | undefined;
  readonly drained: () => void;
}

/** As the pilot's node-engine.ts, with its own decisions; the files are a record in memory. */
function nodeEngine(parts: EngineParts): NodeEngine {
  const { volume, place } = parts;
  let drainAsked = false;
  return {
    drainTimeoutMs: 180_000,
    checkVolume: async (spec): Promise<StartVerdict> => {
      const plan = parts.plan(spec);
      return plan.is === 'start' ? { start: true } : { start: false, phase: plan.is, message: plan.message };
    },
    prepare: async (spec): Promise<Command> => {
      const plan = parts.plan(spec);
      if (plan.is !== 'start') throw new Error(plan.message);
      drainAsked = false;
      const { clusterName, datacenter, rack } = place.config as unknown as CassandraPilotConfig;
      if (volume.marker?.state !== 'Joined')
        volume.marker = {
          format: 1,
          clusterName,
          datacenter,
          rack,
          pod: place.podName,
          firstStart: plan.firstStart,
          state: 'New',
        };
      parts.planned(plan.seeds);
      return { file: 'cassandra', args: [], env: {} };
    },
    observe: async (signal): Promise<Observation> => {
      const facts = await faulty(parts.facts(), parts.faultNow(), signal);
      if (facts === undefined) return { ready: false, alive: false, message: 'the JVM does not answer' };
      const next = volume.marker && nextMarker(volume.marker, facts);
      if (next) volume.marker = next;
      return toObservation(facts, { podIp: place.podIp, drainAsked });
    },
    drain: async () => {
      drainAsked = true;
      parts.drained();
    },
  };
}

async function faulty(
  facts: NodeFacts | undefined,
  fault: LookFault | undefined,
  signal: AbortSignal,
): Promise<NodeFacts | undefined> {
  if (fault === undefined || facts === undefined) return facts;
  if (fault === 'error') throw new Error('javax.management.RuntimeMBeanException');
  if (fault === 'garbage')
    return { ...facts, gossip: '<html>proxy</html>', service: { ...facts.service, OperationMode: 'WEIRD' } };
  if (fault === 'partial') return { service: { ...facts.service, EndpointToHostId: undefined, LiveNodes: [] } };
  if (fault === 'empty')
    return { service: { ...facts.service, EndpointToHostId: {}, LiveNodes: [], JoiningNodes: [] }, gossip: '' };
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  if (signal.aborted) resolve();
  await promise;
  throw new Error('no answer in time');
}
