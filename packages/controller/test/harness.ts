import { setTimeout as delay } from 'node:timers/promises';
import { KubeClient, type RequestCount, silentLogger, type Transport } from '@navigator/kube';
import { type Options } from '../src/options.ts';
import { type ControllerProcess, wire } from '../src/wire.ts';
import { createLogger } from '../src/logger.ts';
import { World } from './world.ts';

/** A controller in this process, with a connection of its own. */
export interface Running extends AsyncDisposable {
  readonly process: ControllerProcess;
  readonly transport: Transport;
  /** Stops it in order, as SIGTERM does. */
  stop(): Promise<void>;
}

const OPTIONS: Options = {
  namespaces: [],
  pilotImage: 'registry.test/navigator-pilot:1.2.3',
  leaderElect: false,
  leaseNamespace: 'default',
  kubeconfig: undefined,
  context: undefined,
  httpHost: '127.0.0.1',
  httpPort: 0,
  logLevel: 'info',
  concurrency: 4,
};

/** Starts a controller. TEST_LOG_LEVEL in the environment makes it talk. */
export function startController(transport: Transport, options: Partial<Options> = {}): Running {
  const level = process.env['TEST_LOG_LEVEL'];
  const logger = level === undefined ? silentLogger : createLogger(level);
  const wired = wire({ options: { ...OPTIONS, ...options }, transport, logger });
  const stopping = new AbortController();
  const running = wired.run(stopping.signal);
  // Reported by `stop`; until then it must not be taken for unhandled.
  running.catch(() => {});
  const stop = async (): Promise<void> => {
    stopping.abort();
    await running;
  };
  return { process: wired, transport, stop, [Symbol.asyncDispose]: stop };
}

/** What a test does with an API server besides running a controller: as an administrator, and as Kubernetes itself. */
export interface Surroundings {
  readonly client: KubeClient;
  readonly world: World;
  readonly namespace: string;
  readonly signal: AbortSignal;
}

/** An administrator and a world in one namespace. */
export function surroundings(transport: Transport, namespace: string, signal: AbortSignal): Surroundings {
  const client = new KubeClient(transport, { fieldManager: 'kubectl' });
  const kubernetes = new KubeClient(transport, { fieldManager: 'kubernetes' });
  return { client, world: new World(kubernetes, namespace), namespace, signal };
}

/** Lets the world go on until the condition holds. Throws with the last answer when it does not in time. */
export async function until<T>(
  what: string,
  around: Surroundings,
  ask: () => Promise<T | undefined | false>,
  deadlineMs = 60_000,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    await around.world.step(around.signal);
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) throw new Error(`${what}: not within ${deadlineMs} ms`);
    await delay(25);
  }
}

/** The calls between two moments, by verb and resource. */
export function callsSince(before: readonly RequestCount[], after: readonly RequestCount[]): Record<string, number> {
  const name = ({ verb, resource }: RequestCount): string => `${verb} ${resource}`;
  const counts = new Map<string, number>();
  for (const entry of after) counts.set(name(entry), (counts.get(name(entry)) ?? 0) + entry.count);
  for (const entry of before) counts.set(name(entry), (counts.get(name(entry)) ?? 0) - entry.count);
  return Object.fromEntries([...counts].filter(([, count]) => count > 0).toSorted(([a], [b]) => a.localeCompare(b)));
}
