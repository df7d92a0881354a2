import { Worker } from 'node:worker_threads';

/** A part of a workload's plans, or plans by their ids. */
export interface Job {
  readonly workload: string;
  readonly part: number;
  readonly parts: number;
  readonly ids?: readonly string[];
}

/** What a worker tells: a plan's outcome, or the end of its job. */
export type Report =
  | { readonly id: string; readonly divergences: readonly string[]; readonly ms: number }
  | { readonly done: true };

export type PlanReport = Extract<Report, { id: string }>;

/** Plays all jobs on so many threads; `next` gives each thread its next job, or none. */
export async function runJobs(
  threads: number,
  next: () => Job | undefined,
  onReport: (report: PlanReport) => void,
): Promise<void> {
  await Promise.all(Array.from({ length: threads }, async () => await runThread(next, onReport)));
}

async function runThread(next: () => Job | undefined, onReport: (report: PlanReport) => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const worker = new Worker(new URL('worker.ts', import.meta.url), { execArgv: ['--disable-warning=ExperimentalWarning'] });
  const feed = (): void => {
    const job = next();
    if (job) worker.postMessage(job);
    else resolve();
  };
  worker.on('message', (report: Report) => {
    if ('done' in report) feed();
    else onReport(report);
  });
  worker.on('error', reject);
  worker.on('exit', (code) => reject(new Error(`a worker ended with code ${code}`)));
  feed();
  try {
    await promise;
  } finally {
    await worker.terminate();
  }
}
