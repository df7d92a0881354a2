import { NavigatorError } from '@navigator/api-types';
import { aborted, type Clock, systemClock } from './clock.ts';
import type { Controller } from './controller.ts';
import type { LeaderElector } from './leader-election.ts';
import type { Logger } from './logger.ts';

/** Something that runs beside the controllers, for example the health server. */
export interface BackgroundService {
  readonly name: string;
  /** Resolves when it is up. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** What a manager needs to know of an informer. */
export interface Startable {
  readonly resource: { readonly plural: string };
  start(signal: AbortSignal): Promise<void>;
  hasSynced(): boolean;
  waitForSync(signal: AbortSignal): Promise<void>;
}

/** Options of a {@link Manager}; everything in the order in which it is started. */
export interface ManagerOptions {
  readonly logger: Logger;
  readonly services?: readonly BackgroundService[];
  readonly informers: readonly Startable[];
  /** Without one, this process always leads. */
  readonly elector?: LeaderElector;
  readonly controllers: readonly Controller[];
  /** Run last, in this order, whatever happened: flush events, close transports. Each has 2 s. */
  readonly closers?: readonly ((signal: AbortSignal) => Promise<void>)[];
  /** For reconciles in work when asked to stop. Default 10 s, since the kubelet kills after 30. */
  readonly graceMs?: number;
  readonly clock?: Clock;
}

/** Somebody else holds the lease now, or might. The process must end: its memory is that of a leader. */
export class LeaseLostError extends NavigatorError {
  constructor() {
    super('KUBE_LEASE_LOST', 'lost the leader lease: ending, so that a clean process can take its place', { retryable: true });
  }
}

/** Work did not end though it was told to. The lease is not given back: another leader must wait for its end. */
export class StuckWorkError extends NavigatorError {
  constructor() {
    super('KUBE_STUCK_WORK', 'a reconcile did not end when asked to: ending the process without giving the lease back');
  }
}

/** Health for the probes. */
export interface Readiness {
  readonly ready: boolean;
  /** What is not there yet. */
  readonly waitingFor: readonly string[];
}

const CLOSER_MS = 2000;
/** For a reconcile to end after its signal has aborted. */
const ABORTED_MS = 2000;

/**
 * Starts and stops a controller process in order. Start: services (health first, so that probes see us waiting) → informers
 * → caches in step → lease → workers. Stop: no new keys, those in work end → lease given back → informers → closers →
 * services. When the lease is lost, work is aborted at once and `run` throws.
 */
export class Manager {
  readonly #options: ManagerOptions;
  readonly #clock: Clock;
  #leading = false;

  constructor(options: ManagerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Whether the workers run. */
  get isLeading(): boolean {
    return this.#leading;
  }

  /** Ready when the caches are in step; a replica that waits for the lease is ready too. */
  readiness(): Readiness {
    const waitingFor = this.#options.informers.filter((informer) => !informer.hasSynced()).map(({ resource }) => resource.plural);
    return { ready: waitingFor.length === 0, waitingFor };
  }

  /** Runs until the signal aborts; resolves after the ordered stop. Throws what broke, or {@link LeaseLostError}. */
  async run(signal: AbortSignal): Promise<void> {
    const { services = [], informers, closers = [] } = this.#options;
    const stopWatching = new AbortController();
    const started: BackgroundService[] = [];
    let watching: Promise<unknown> = Promise.resolve();
    try {
      for (const service of services) {
        await service.start();
        started.push(service);
      }
      watching = Promise.all(informers.map((informer) => informer.start(stopWatching.signal)));
      if (await this.#synced(signal)) await this.#elected(signal);
    } finally {
      stopWatching.abort();
      await watching;
      for (const close of closers) await this.#quietly('closer', close(AbortSignal.timeout(CLOSER_MS)));
      for (const service of started.toReversed()) await this.#quietly(service.name, service.stop());
    }
  }

  async #synced(signal: AbortSignal): Promise<boolean> {
    try {
      await Promise.all(this.#options.informers.map((informer) => informer.waitForSync(signal)));
      this.#options.logger.info({}, 'caches are in step');
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    }
  }

  async #elected(signal: AbortSignal): Promise<void> {
    const { elector } = this.#options;
    if (!elector) return await this.#lead(signal, new AbortController().signal);
    const outcome = await elector.run(signal, (lost) => this.#lead(signal, lost));
    if (outcome === 'lost') throw new LeaseLostError();
  }

  async #lead(stop: AbortSignal, lost: AbortSignal): Promise<void> {
    const { controllers, logger } = this.#options;
    const work = Promise.all(controllers.map((controller) => controller.start(lost)));
    this.#leading = true;
    logger.info({ controllers: controllers.map(({ name }) => name) }, 'workers started');
    try {
      await Promise.race([aborted(AbortSignal.any([stop, lost])), work]);
    } finally {
      this.#leading = false;
      await this.#stopWork(work);
    }
  }

  async #stopWork(work: Promise<unknown>): Promise<void> {
    const { controllers, graceMs = 10_000, logger } = this.#options;
    const stopped = Promise.all(controllers.map((controller) => controller.stop(graceMs)));
    const ending = stopped.then(() => this.#quietly('workers', work));
    if (!(await this.#within(ending, graceMs + ABORTED_MS))) throw new StuckWorkError();
    logger.info({}, 'workers stopped');
  }

  async #within(ending: Promise<unknown>, ms: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    using _timer = this.#clock.setTimeout(() => resolve(false), ms);
    return await Promise.race([ending.then(() => true), promise]);
  }

  async #quietly(what: string, ending: Promise<unknown>): Promise<void> {
    try {
      await ending;
    } catch (err) {
      this.#options.logger.warn({ err, what }, 'did not end properly');
    }
  }
}
