import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { RequestCounters } from './request-counters.ts';
import type {
  ControllerMetrics,
  LeaderMetrics,
  QueueMetrics,
  QueueState,
  ReconcileResult,
  RuntimeMetrics,
} from './runtime-metrics.ts';

const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** {@link RuntimeMetrics} for Prometheus, under controller-runtime's names, so that known dashboards work. */
export class PrometheusMetrics implements RuntimeMetrics {
  readonly #registry: Registry;
  readonly #queues = new Map<string, QueueState>();
  readonly #adds: Counter<'name'>;
  readonly #retries: Counter<'name'>;
  readonly #waited: Histogram<'name'>;
  readonly #worked: Histogram<'name'>;
  readonly #results: Counter<'controller' | 'result'>;
  readonly #errors: Counter<'controller'>;
  readonly #terminal: Counter<'controller'>;
  readonly #time: Histogram<'controller'>;
  readonly #active: Gauge<'controller'>;
  readonly #workers: Gauge<'controller'>;
  readonly #leader: Gauge<'name'>;

  constructor(registry: Registry) {
    this.#registry = registry;
    const registers = [registry];
    const byName = { labelNames: ['name'] as const, registers };
    const byController = { labelNames: ['controller'] as const, registers };
    this.#adds = new Counter({ name: 'workqueue_adds_total', help: 'Keys added to the queue.', ...byName });
    this.#retries = new Counter({ name: 'workqueue_retries_total', help: 'Keys put back with backoff.', ...byName });
    const waited = 'Seconds a key waited in the queue.';
    this.#waited = new Histogram({ name: 'workqueue_queue_duration_seconds', help: waited, buckets: SECONDS, ...byName });
    this.#worked = new Histogram({
      name: 'workqueue_work_duration_seconds',
      help: 'Seconds a key was in work.',
      buckets: SECONDS,
      ...byName,
    });
    this.#gauge('workqueue_depth', 'Keys that wait in the queue.', (state) => state.length());
    this.#gauge('workqueue_unfinished_work_seconds', 'Seconds that keys in work have taken so far, in sum.', (state) =>
      state.inWorkMs().reduce((sum, ms) => sum + ms / 1000, 0),
    );
    this.#gauge('workqueue_longest_running_processor_seconds', 'Seconds that the oldest key in work has taken so far.', (state) =>
      Math.max(0, ...state.inWorkMs().map((ms) => ms / 1000)),
    );
    this.#results = new Counter({
      name: 'controller_runtime_reconcile_total',
      help: 'Reconciles by how they ended.',
      labelNames: ['controller', 'result'],
      registers,
    });
    this.#errors = new Counter({
      name: 'controller_runtime_reconcile_errors_total',
      help: 'Reconciles that failed.',
      ...byController,
    });
    const terminal = 'Reconciles that failed for good.';
    this.#terminal = new Counter({ name: 'controller_runtime_terminal_reconcile_errors_total', help: terminal, ...byController });
    const time = 'Seconds a reconcile took.';
    this.#time = new Histogram({
      name: 'controller_runtime_reconcile_time_seconds',
      help: time,
      buckets: SECONDS,
      ...byController,
    });
    this.#active = new Gauge({ name: 'controller_runtime_active_workers', help: 'Reconciles in work.', ...byController });
    this.#workers = new Gauge({ name: 'controller_runtime_max_concurrent_reconciles', help: 'Workers.', ...byController });
    this.#leader = new Gauge({ name: 'leader_election_master_status', help: '1 while this process leads.', ...byName });
  }

  queue(name: string, state: QueueState): QueueMetrics {
    this.#queues.set(name, state);
    this.#adds.inc({ name }, 0);
    return {
      added: () => this.#adds.inc({ name }),
      retried: () => this.#retries.inc({ name }),
      taken: (ms) => this.#waited.observe({ name }, ms / 1000),
      worked: (ms) => this.#worked.observe({ name }, ms / 1000),
    };
  }

  controller(controller: string, concurrency: number): ControllerMetrics {
    this.#workers.set({ controller }, concurrency);
    this.#errors.inc({ controller }, 0);
    return {
      started: () => this.#active.inc({ controller }),
      ended: (result: ReconcileResult, ms) => {
        this.#active.dec({ controller });
        this.#results.inc({ controller, result });
        this.#time.observe({ controller }, ms / 1000);
        if (result === 'error') this.#errors.inc({ controller });
        if (result === 'terminal') this.#terminal.inc({ controller });
      },
    };
  }

  leader(name: string): LeaderMetrics {
    this.#leader.set({ name }, 0);
    return { leading: (yes) => this.#leader.set({ name }, yes ? 1 : 0) };
  }

  #gauge(name: string, help: string, value: (state: QueueState) => number): void {
    const queues = this.#queues;
    void new Gauge({
      name,
      help,
      labelNames: ['name'],
      registers: [this.#registry],
      collect() {
        for (const [queue, state] of queues) this.set({ name: queue }, value(state));
      },
    });
  }
}

/** Exposes a transport's counts as `rest_client_requests_total`. */
export function exposeRequests(registry: Registry, counters: RequestCounters): void {
  void new Counter({
    name: 'rest_client_requests_total',
    help: 'Calls to the API server by verb, resource and HTTP code.',
    labelNames: ['verb', 'resource', 'code'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { verb, resource, code, count } of counters.snapshot()) this.inc({ verb, resource, code }, count);
    },
  });
}
