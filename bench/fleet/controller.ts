import { join } from 'node:path';
import { freePort } from '@navigator/kube/testing';
import { NodeProcess } from './child-process.ts';
import { callsIn, type Calls, parseMetrics, type Sample, sumOf } from './metrics-text.ts';
import type { ProcessStat } from './process-stat.ts';
import { PILOT_IMAGE } from './replay/fingerprints.ts';
import type { Surroundings } from './surroundings.ts';
import { waitFor } from './wait.ts';

/** What the image's share of memory is under the limit of the chart, 512Mi; see deploy/images/controller. */
const HEAP_FLAG = '--max-old-space-size=307';

/** Where a controller is started. */
export interface ControllerPlace extends Pick<Surroundings, 'server' | 'serviceAccount' | 'folder' | 'program'> {
  /** Folder for CPU profiles. */
  readonly profile: string | undefined;
  /** Of an API server that is not `server`. */
  readonly port?: number;
}

/** The controller as it is shipped, as a process of its own, with the defaults of its flags. */
export class Controller implements AsyncDisposable {
  readonly #process: NodeProcess;
  readonly #url: string;
  readonly startedAt = performance.now();

  private constructor(process: NodeProcess, url: string) {
    this.#process = process;
    this.#url = url;
  }

  static async start({ server, serviceAccount, folder, program, profile, ...place }: ControllerPlace): Promise<Controller> {
    const port = await freePort();
    const serverPort = place.port ?? server.access.port;
    const args = ['--pilot-image', PILOT_IMAGE, '--lease-namespace', 'default'];
    const child = new NodeProcess({
      flags: [HEAP_FLAG, ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`])],
      args: [program, serviceAccount, ...args, '--http-host', '127.0.0.1', '--http-port', String(port)],
      env: { KUBERNETES_SERVICE_HOST: server.access.host, KUBERNETES_SERVICE_PORT: String(serverPort) },
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
    // Its metrics count all clusters, so asking often would be most of what a large fleet costs it.
    const everyMs = Math.max(250, passes / 2);
    return await waitFor('the controller is in step', { signal, everyMs, deadlineMs: 600_000 }, async () => {
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
