import { type Clock, deadline } from '@navigator/kube';
import type { Order } from './process/records.ts';

/** How long a restarted container waits for the API server before it starts from the order of its last life. */
const API_PATIENCE_MS = 5000;

/**
 * The newest order for this node. A node that has an order from earlier in the same pod may start from it while the API
 * server is away (a database must come back by itself); a new pod must not start without its order.
 */
export class Orders {
  readonly #kept: Order | undefined;
  readonly #clock: Clock;
  #fresh: Order | undefined;
  #changed = Promise.withResolvers<void>();

  constructor(kept: Order | undefined, clock: Clock) {
    this.#kept = kept;
    this.#clock = clock;
  }

  /** The order as the API server last told it, else undefined. */
  get fresh(): Order | undefined {
    return this.#fresh;
  }

  /** A new order came. */
  take(order: Order): void {
    this.#fresh = order;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  /** The order to start with; undefined when the signal aborts first. */
  async first(signal: AbortSignal): Promise<Order | undefined> {
    if (this.#kept !== undefined && this.#fresh === undefined) await this.change(API_PATIENCE_MS, signal);
    while (!signal.aborted && (this.#fresh ?? this.#kept) === undefined) await this.change(60_000, signal);
    return signal.aborted ? undefined : this.latest();
  }

  /** The newest order known. */
  latest(): Order | undefined {
    return this.#fresh ?? this.#kept;
  }

  /** Whether the newest order known is that the node is suspended. */
  get suspends(): boolean {
    return this.latest()?.spec.desired === 'Suspended';
  }

  /** Waits for another order, at most `withinMs`. */
  async change(withinMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    using limit = deadline(this.#clock, withinMs, signal);
    if (limit.signal.aborted) return;
    limit.signal.addEventListener('abort', () => resolve(), { once: true });
    await Promise.race([this.#changed.promise, promise]);
  }
}
