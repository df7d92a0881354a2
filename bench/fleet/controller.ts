import { join } from 'node:path';
import { freePort, NodeProcess } from './child-process.ts';
import { callsIn, type Calls, parseMetrics, type Sample, sumOf } from './metrics-text.ts';
import type { ProcessStat } from './process-stat.ts';
import { waitFor } from './wait.ts';

const MAIN = join(import.meta.dirname, '../../packages/controller/src/main.ts');
/** As in the chart: a container of 512Mi gets this old space. */
const HEAP_FLAGS = ['--disable-warning=ExperimentalWarning'];

/** The controller as it is shipped, as a process of its own, with the defaults of its flags. */
export class Controller implements AsyncDisposable {
  readonly #process: NodeProcess;
  readonly #url: string;
  readonly startedAt = performance.now();

  private constructor(process: NodeProcess, url: string) {
    this.#process = process;
    this.#url = url;
  }

  static async start(options: {
    readonly kubeconfig: string;
    readonly folder: string;
    readonly profile: string | undefined;
  }): Promise<Controller> {
    const port = await freePort();
    const { profile, folder, kubeconfig } = options;
    const args = ['--kubeconfig', kubeconfig, '--pilot-image', 'registry.test/navigator-pilot:1'];
    const flags = ['--http-host', '127.0.0.1', '--http-port', String(port), '--lease-namespace', 'default'];
    const child = new NodeProcess({
      flags: [...HEAP_FLAGS, ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`])],
      args: [MAIN, ...args, ...flags],
      logFile: join(folder, 'controller.log'),
    });
    return new Controller(child, `http://127.0.0.1:${port}`);
  }

  stat(): ProcessStat {
    return this.#process.stat();
  }

  /** All metrics; costs the controller some milliseconds, so it is asked seldom. */
  async metrics(): Promise<readonly Sample[]> {
    const answer = await fetch(`${this.#url}/metrics`, { signal: AbortSignal.timeout(30_000) });
    return parseMetrics(await answer.text());
  }

  async calls(): Promise<Calls> {
    return callsIn(await this.metrics());
  }

  /** Waits until its workers run, and returns after how many ms since its start. */
  async leads(signal: AbortSignal): Promise<number> {
    return await waitFor('the controller leads', { signal, everyMs: 20, deadlineMs: 180_000 }, async () => {
      try {
        const answer = await fetch(`${this.#url}/readyz`, { signal: AbortSignal.timeout(5000) });
        const { leading } = (await answer.json()) as { leading: boolean };
        return leading ? performance.now() - this.startedAt : undefined;
      } catch {
        return undefined;
      }
    });
  }

  /** Waits until it has made as many passes and has nothing left to do; returns after how many ms since its start. */
  async inStep(passes: number, signal: AbortSignal): Promise<number> {
    return await waitFor('the controller is in step', { signal, everyMs: 250, deadlineMs: 600_000 }, async () => {
      const askedAt = performance.now();
      const samples = await this.metrics();
      const busy = sumOf(samples, 'workqueue_depth') + sumOf(samples, 'controller_runtime_active_workers');
      const done = sumOf(samples, 'controller_runtime_reconcile_total');
      return busy === 0 && done >= passes ? askedAt - this.startedAt : undefined;
    });
  }

  /** SIGTERM; resolves when it has ended. */
  async stop(): Promise<void> {
    await this.#process.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
