/**
 * What the runtime counts. Interfaces only, so that a pilot that counts nothing loads no metrics library; `./metrics` has
 * the Prometheus implementation, under the names that controller-runtime uses.
 */
export interface RuntimeMetrics {
  queue(name: string, state: QueueState): QueueMetrics;
  controller(name: string, concurrency: number): ControllerMetrics;
  leader(name: string): LeaderMetrics;
}

/** What can be read off a queue at any time. */
export interface QueueState {
  length(): number;
  inWorkMs(): number[];
}

/** Called by a workqueue. Times in milliseconds. */
export interface QueueMetrics {
  added(): void;
  retried(): void;
  taken(waitedMs: number): void;
  worked(tookMs: number): void;
}

/** How one reconcile ended. */
export type ReconcileResult = 'success' | 'requeue_after' | 'error' | 'terminal' | 'stale';

/** Called by a controller. */
export interface ControllerMetrics {
  started(): void;
  ended(result: ReconcileResult, tookMs: number): void;
}

/** Called by a leader elector. */
export interface LeaderMetrics {
  leading(yes: boolean): void;
}
