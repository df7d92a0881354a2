import { silentLogger, sleep } from '@navigator/kube';
import {
  kubePilotApi,
  laterExit,
  NodeState,
  type Order,
  Orders,
  type OwnPilot,
  passGate,
  readiness,
  Reporter,
} from '@navigator/pilot/lab';
import type { SimContext } from './context.ts';
import type { LookFault, NodePlace, SimDatabase, SimNode } from './database.ts';
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
  /** The pilot has ended with this code. */
  readonly ended: (code: number) => void;
  readonly readyChanged: (ready: boolean) => void;
}

const LOOK_MS = 2000;
const LOOK_TIMEOUT_MS = 5000;
const LATENCY_MS = 5;
const TOLD_AGAIN_MS = 8000;

/**
 * One life of a pilot in one container: gate, orders, states, reports and their wire are the pilot's own code; run.ts is
 * followed step by step, without sockets, files and child processes.
 */
export class SimPilot {
  readonly #options: SimPilotOptions;
  readonly #transport: SimTransport;
  readonly #node: SimNode;
  readonly #state: NodeState;
  readonly #reporter: Reporter;
  readonly #orders: Orders;
  readonly #stop = new AbortController();
  readonly #killed = new AbortController();
  readonly #processOver = new AbortController();
  #exit: PromiseWithResolvers<number> = Promise.withResolvers<number>();
  #seenVersion = -1;
  #seenOrder: number | undefined;
  #lookedAtMs = 0;
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
    this.#state = new NodeState(place.podUid, (status) => this.#reporter.offer(status));
    this.#node = database.node(place, options.lookFault);
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
    const { context, folder, crashes } = this.#options;
    const { clock, random } = context;
    const state = this.#state;
    const stop = AbortSignal.any([this.#stop.signal, this.#killed.signal]);
    const command = await passGate({ node: this.#node.engine, state, orders: this.#orders, clock, log: silentLogger }, stop);
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
    else this.#node.start((code) => this.#exit.resolve(code));
    this.#lookLater();
    void this.#stopInOrder();
    const code = await this.#exit.promise;
    this.#processOver.abort();
    if (this.#killed.signal.aborted) return 137;
    this.#node.end(true);
    this.#ended(code);
    return state.life.stopping && code === 143 ? 0 : code;
  }

  async #stopInOrder(): Promise<void> {
    const { clock, random } = this.#options.context;
    const over = AbortSignal.any([this.#processOver.signal, this.#killed.signal]);
    await aborted(AbortSignal.any([this.#stop.signal, over]));
    if (over.aborted) return;
    this.#state.happened({ is: 'stopAsked' });
    this.#setReady(false);
    if (this.#state.life.everReady) {
      await this.#node.engine.drain(over);
      await sleep(clock, random.int(300, 1500), over);
    }
    await sleep(clock, random.int(200, 1000), over);
    if (!over.aborted) this.#exit.resolve(143);
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

  #onOwn(own: OwnPilot | undefined): void {
    if (own === undefined) return this.#reporter.close();
    const { folder } = this.#options;
    const known = this.#orders.fresh;
    const isNew = known === undefined || known.uid !== own.uid || known.generation !== own.generation;
    const lastExit = laterExit(this.#state.facts.lastExit, own.lastExit);
    if (isNew) {
      const order = { uid: own.uid, generation: own.generation, spec: own.spec };
      this.#orders.take(order);
      this.#state.learn({ generation: own.generation, ...(lastExit === undefined ? {} : { lastExit }) });
      folder.order = order;
    }
    this.#reporter.open(known?.uid !== own.uid);
  }

  #lookLater(): void {
    this.#options.context.clock.setTimeout(() => void this.#look(), LOOK_MS);
  }

  /** Every 2 s, as observe.ts; a look that would tell the same again is spared. */
  async #look(): Promise<void> {
    const over = AbortSignal.any([this.#processOver.signal, this.#killed.signal]);
    if (over.aborted) return;
    const { clock } = this.#options.context;
    const version = this.#node.version();
    const isFaulty = this.#options.lookFault() !== undefined;
    const order = this.#orders.fresh?.generation;
    const isKnown = version === this.#seenVersion && order === this.#seenOrder;
    if (!isFaulty && isKnown && clock.monotonic() - this.#lookedAtMs < TOLD_AGAIN_MS) return this.#lookLater();
    const limit = new AbortController();
    const timer = clock.setTimeout(() => limit.abort(), LOOK_TIMEOUT_MS);
    try {
      const observation = await this.#node.engine.observe(AbortSignal.any([limit.signal, over]), this.#orders.fresh?.spec);
      if (!over.aborted) this.#state.looked(clock.monotonic(), observation);
    } catch (error) {
      if (!over.aborted) this.#state.looked(clock.monotonic(), error instanceof Error ? error : new Error(String(error)));
    }
    timer[Symbol.dispose]();
    if (over.aborted) return;
    this.#seenVersion = isFaulty ? -1 : version;
    this.#seenOrder = order;
    this.#lookedAtMs = clock.monotonic();
    if (!this.#stop.signal.aborted) this.#setReady(readiness(this.#state, clock.monotonic()).ok);
    this.#lookLater();
  }

  #setReady(ready: boolean): void {
    if (ready === this.#wasReady) return;
    this.#wasReady = ready;
    this.#options.readyChanged(ready);
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
}
