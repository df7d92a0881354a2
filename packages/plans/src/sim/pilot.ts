import { deadline, silentLogger, sleep } from '@navigator/kube';
import {
  DataVersion,
  kubePilotApi,
  laterExit,
  type NodeEngine,
  NodeState,
  type Observation,
  observeForever,
  type Order,
  Orders,
  type OwnPilot,
  passGate,
  readiness,
  Reporter,
  type VersionFiles,
} from '@navigator/pilot/lab';
import type { SimContext } from './context.ts';
import type { LookFault, NodePlace, SimDatabase, SimNode, Volume } from './database.ts';
import { type ConnectionFaults, SimTransport } from './transport.ts';

/** What outlives a container in its pod: the run folder of the pilot. */
export interface RunFolder {
  restarts: number;
  order?: Order;
  running?: string;
  lastExit?: NonNullable<ReturnType<typeof laterExit>>;
}

export interface SimPilotOptions {
  readonly context: SimContext;
  readonly place: NodePlace;
  readonly database: SimDatabase;
  readonly folder: RunFolder;
  readonly faults: ConnectionFaults;
  /** What is wrong with this node's answers now. */
  readonly lookFault: () => LookFault | undefined;
  /** A version whose process ends by itself shortly after its start. */
  readonly crashes: boolean;
  /** A version whose process runs and never answers. */
  readonly hangs: boolean;
  /** The pilot has ended with this code. */
  readonly ended: (code: number) => void;
  readonly readyChanged: (ready: boolean) => void;
}

const LATENCY_MS = 5;
/** The pilot itself asks for some numbers only every ten seconds, so a look is not spared for longer. */
const SPARED_MS = 8000;

/**
 * One life of a pilot in one container: gate, orders, states, reports and their wire are the pilot's own code; run.ts is
 * followed step by step, without sockets, files and child processes.
 */
export class SimPilot {
  readonly #options: SimPilotOptions;
  readonly #transport: SimTransport;
  readonly #node: SimNode;
  readonly #engine: NodeEngine;
  readonly #dataVersion: DataVersion | undefined;
  readonly #state: NodeState;
  readonly #reporter: Reporter;
  readonly #orders: Orders;
  readonly #stop = new AbortController();
  readonly #suspension = new AbortController();
  readonly #killed = new AbortController();
  readonly #processOver = new AbortController();
  #exit: PromiseWithResolvers<number> = Promise.withResolvers<number>();
  #wasReady = false;

  constructor(options: SimPilotOptions) {
    const { context, place, database, folder } = options;
    this.#options = options;
    const { clock, random } = context;
    this.#transport = new SimTransport({
      context,
      faults: options.faults,
      latencyMs: LATENCY_MS,
      lagMs: () => random.int(5, 60),
    });
    const api = kubePilotApi({
      transport: this.#transport,
      namespace: context.namespace,
      name: place.podName,
      clock,
      log: silentLogger,
    });
    this.#reporter = new Reporter({ api, clock, log: silentLogger, random: () => random.next() });
    this.#state = new NodeState(place.podUid, (status) => {
      this.#reporter.offer(status);
      this.#probe();
    });
    this.#node = database.node(place, options.lookFault);
    this.#engine = sparing(this.#node, { clock, lookFault: options.lookFault });
    const { versions } = this.#engine;
    this.#dataVersion = versions && new DataVersion(versions, filesOf(place.volume));
    this.#orders = new Orders(folder.order, clock);
    void this.#live(api);
  }

  /** The kubelet's SIGTERM. */
  stop(): void {
    this.#stop.abort();
  }

  /** SIGKILL to the container: pilot and process are gone at once. */
  kill(): void {
    if (this.#killed.signal.aborted) return;
    this.#killed.abort(new DOMException('killed', 'AbortError'));
    this.#processOver.abort();
    this.#transport.kill();
    this.#node.end(false);
    this.#setReady(false);
  }

  async #live(api: ReturnType<typeof kubePilotApi>): Promise<void> {
    const { context, folder, ended } = this.#options;
    this.#recover();
    const background = new AbortController();
    const alive = AbortSignal.any([background.signal, this.#killed.signal]);
    const watching = api.watchOwn((own) => this.#onOwn(own), alive);
    const reporting = new AbortController();
    const reports = this.#reporter.run(AbortSignal.any([reporting.signal, this.#killed.signal]));
    const code = await this.#run();
    if (this.#killed.signal.aborted) return;
    folder.running = undefined as unknown as string;
    this.#setReady(false);
    reporting.abort();
    await reports;
    await this.#reporter.finish(3000);
    background.abort();
    await watching;
    this.#transport.kill();
    if (!this.#killed.signal.aborted) ended(code);
    void context;
  }

  #recover(): void {
    const { folder, context } = this.#options;
    if (folder.running !== undefined) {
      folder.restarts += 1;
      folder.lastExit = { at: new Date(context.clock.now()).toISOString(), lastLines: ['the container was killed as a whole'] };
      delete folder.running;
    }
    this.#state.learn({ restarts: folder.restarts, ...(folder.lastExit === undefined ? {} : { lastExit: folder.lastExit }) });
  }

  async #run(): Promise<number> {
    const { context, folder, crashes, hangs } = this.#options;
    const { clock, random } = context;
    const state = this.#state;
    const stop = AbortSignal.any([this.#stop.signal, this.#killed.signal]);
    const parts = { node: this.#engine, state, orders: this.#orders, clock, log: silentLogger, dataVersion: this.#dataVersion };
    const command = await passGate(parts, stop);
    if (command === undefined) {
      state.happened({ is: 'closed' });
      return 0;
    }
    if (this.#killed.signal.aborted) return 137;
    const startedAt = new Date(clock.now()).toISOString();
    folder.running = startedAt;
    state.learn({ process: { startedAt } });
    state.happened({ is: 'spawned' });
    context.note(this.#options.place.podName, `starts ${command.file} ${this.#options.place.version}`);
    if (crashes) clock.setTimeout(() => this.#exit.resolve(1), random.int(500, 1500));
    else if (!hangs) this.#node.start((code) => this.#exit.resolve(code));
    void observeForever(parts, AbortSignal.any([this.#processOver.signal, this.#killed.signal]));
    void this.#stopInOrder();
    const code = await this.#exit.promise;
    this.#processOver.abort();
    if (this.#killed.signal.aborted) return 137;
    this.#node.end(true);
    await this.#settleVersion();
    if (this.#killed.signal.aborted) return 137;
    this.#ended(code);
    return state.life.stopping && code === 143 ? 0 : code;
  }

  async #stopInOrder(): Promise<void> {
    const { clock, random } = this.#options.context;
    const over = AbortSignal.any([this.#processOver.signal, this.#killed.signal]);
    this.#suspendIfOrdered();
    await aborted(AbortSignal.any([this.#stop.signal, this.#suspension.signal, over]));
    if (over.aborted) return;
    if (this.#stop.signal.aborted) this.#state.happened({ is: 'stopAsked' });
    this.#setReady(false);
    if (this.#state.life.everReady) {
      using limit = deadline(clock, this.#engine.drainTimeoutMs, over);
      // As in the pilot: the process is stopped anyway.
      await this.#engine.drain(limit.signal).catch(() => undefined);
      await sleep(clock, random.int(300, 1500), over);
    }
    await sleep(clock, random.int(200, 1000), over);
    if (!over.aborted) this.#exit.resolve(143);
  }

  async #settleVersion(): Promise<void> {
    await this.#dataVersion?.settle(this.#killed.signal);
    const known = this.#dataVersion?.known;
    if (known !== undefined) this.#state.learn({ dataVersion: known });
  }

  #ended(code: number): void {
    const { folder, context } = this.#options;
    const isStop = this.#state.life.stopping;
    this.#state.happened({ is: 'ended', exit: { code, signal: null } });
    delete folder.running;
    if (isStop) return;
    folder.restarts += 1;
    folder.lastExit = { at: new Date(context.clock.now()).toISOString(), code, lastLines: ['it ended by itself'] };
    this.#state.learn({ lastExit: folder.lastExit, restarts: folder.restarts });
  }

  #suspendIfOrdered(): void {
    if (!this.#orders.suspends) return;
    this.#state.happened({ is: 'suspendAsked' });
    if (this.#state.life.stopping) this.#suspension.abort();
  }

  #onOwn(own: OwnPilot | undefined): void {
    if (own === undefined) return this.#reporter.close();
    const { folder } = this.#options;
    const known = this.#orders.fresh;
    const isNew = known === undefined || known.uid !== own.uid || known.generation !== own.generation;
    const lastExit = laterExit(this.#state.facts.lastExit, own.lastExit);
    if (isNew) {
      const order = { uid: own.uid, generation: own.generation, spec: own.spec };
      this.#orders.take(order);
      this.#suspendIfOrdered();
      this.#state.learn({ generation: own.generation, ...(lastExit === undefined ? {} : { lastExit }) });
      folder.order = order;
    }
    this.#reporter.open(known?.uid !== own.uid);
  }

  /** The kubelet's readiness probe, as often as the answer may have changed. */
  #probe(): void {
    if (this.#stop.signal.aborted || this.#processOver.signal.aborted) return;
    this.#setReady(readiness(this.#state, this.#options.context.clock.monotonic()).ok);
  }

  #setReady(ready: boolean): void {
    if (ready === this.#wasReady) return;
    this.#wasReady = ready;
    this.#options.readyChanged(ready);
  }
}

/** A look that would tell the same again is spared: nothing in the database has changed, and nothing else is ordered. */
function sparing(
  { engine, version }: SimNode,
  { clock, lookFault }: { readonly clock: SimContext['clock']; readonly lookFault: () => LookFault | undefined },
): NodeEngine {
  let last:
    | { readonly version: number; readonly order: unknown; readonly atMs: number; readonly observation: Observation }
    | undefined;
  return {
    ...engine,
    observe: async (signal, order) => {
      const isFaulty = lookFault() !== undefined;
      const now = version();
      const isKnown = last?.version === now && last.order === order && clock.monotonic() - last.atMs < SPARED_MS;
      if (!isFaulty && last !== undefined && isKnown) return last.observation;
      last = undefined;
      const observation = await engine.observe(signal, order);
      if (!isFaulty) last = { version: now, order, atMs: clock.monotonic(), observation };
      return observation;
    },
  };
}

/** What the pilot keeps on the volume, and what it can see of the data there. */
function filesOf(volume: Volume): VersionFiles {
  return {
    read: async () => volume.record,
    write: async (record) => void (volume.record = JSON.stringify(record)),
    witnesses: async () => [String(volume.openings)],
  };
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
}
