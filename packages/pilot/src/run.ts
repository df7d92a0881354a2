import { type Clock, deadline, type Logger, sleep } from '@navigator/kube';
import type { OwnPilot, PilotApi } from './api/pilot-api.ts';
import { DataVersion } from './data-version.ts';
import type { NodeEngine } from './engines/engine.ts';
import { messageOf } from './errors.ts';
import { passGate } from './gate.ts';
import { describeExit, type Exit, exitCodeOf } from './lifecycle.ts';
import { renderMetrics } from './metrics.ts';
import { NodeState } from './node-state.ts';
import { observeForever } from './observe.ts';
import { Orders } from './orders.ts';
import { liveness, type ProbeAnswer, readiness } from './probes.ts';
import { MAX_LINES } from './process/last-lines.ts';
import { laterExit, Records } from './process/records.ts';
import { type Output, supervise, type Supervised } from './process/supervisor.ts';
import { Reporter } from './reporter.ts';
import { type Answer, startServer } from './server.ts';
import { VolumeLock } from './volume-lock.ts';

/** How long the last report may keep the container from ending. */
const LAST_REPORT_MS = 3000;
/** How long the look at the volume after the end may take. */
const SETTLE_TIMEOUT_MS = 3000;
/** How long the process of a node that is suspended may take to end after SIGTERM. */
const SUSPEND_KILL_MS = 120_000;

/** Everything that a pilot is made of; main.ts puts it together, tests put in their own. */
export interface PilotParts {
  readonly node: NodeEngine;
  readonly api: PilotApi;
  readonly clock: Clock;
  readonly log: Logger;
  readonly podUid: string;
  /** Folder that outlives container restarts. */
  readonly runDir: string;
  /** Port of the probes; 0 takes any. */
  readonly port: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborts when the pod is asked to stop. */
  readonly stop: AbortSignal;
  /** Hands out a way to send other signals to the process, e.g. SIGQUIT for a thread dump. */
  readonly onSpawned?: (process: Supervised) => void;
  readonly onListening?: (port: number) => void;
}

/**
 * One life of a node: gate → prepare → process → end. Returns the exit code for the container. The kubelet restarts the
 * container, with its own back-off; the pilot never restarts the process itself. Neither does it outlive the process where the
 * node is suspended: with the container all that the process left behind ends, and the next life waits in the gate.
 */
export async function runPilot(parts: PilotParts): Promise<number> {
  const { api, clock, log, podUid, runDir } = parts;
  const records = new Records(runDir);
  const last = await records.recover(new Date(clock.now()));
  const reporter = new Reporter({ api, clock, log });
  const state = new NodeState(podUid, (status) => reporter.offer(status));
  state.learn({ restarts: last?.restarts ?? 0, ...(last === undefined ? {} : { lastExit: last.exit }) });
  const dataVersion = parts.node.versions === undefined ? undefined : new DataVersion(parts.node.versions);
  const orders = new Orders(await records.order(), clock);
  await using lock = parts.node.versions === undefined ? undefined : new VolumeLock(parts.node.versions.folder, log);
  const suspension = new AbortController();
  const pilot: Pilot = { parts, records, reporter, state, orders, dataVersion, lock, suspension, drain: {} };

  await using _server = await listen(pilot);
  const background = new AbortController();
  const watching = api.watchOwn((own) => onOwn(pilot, own), background.signal);
  const reporting = new AbortController();
  const reports = reporter.run(reporting.signal);
  try {
    return await live(pilot, background.signal);
  } finally {
    reporting.abort();
    await reports;
    await reporter.finish(LAST_REPORT_MS);
    background.abort();
    await watching;
  }
}

interface Pilot {
  readonly parts: PilotParts;
  readonly records: Records;
  readonly reporter: Reporter;
  readonly state: NodeState;
  readonly orders: Orders;
  readonly dataVersion: DataVersion | undefined;
  readonly lock: VolumeLock | undefined;
  /** Aborts when the process is to be stopped because the node is suspended; nothing takes that back in this life. */
  readonly suspension: AbortController;
  readonly drain: { seconds?: number };
}

async function live(pilot: Pilot, background: AbortSignal): Promise<number> {
  const { parts, state, records, dataVersion, lock, orders } = pilot;
  const { node, clock, log, stop } = parts;
  const command = await passGate({ node, state, orders, clock, log, dataVersion, lock }, stop);
  if (command === undefined) {
    state.happened({ is: 'closed' });
    return 0;
  }
  let child: Supervised;
  try {
    child = await supervise(command, { env: parts.env, stdout: parts.stdout, stderr: parts.stderr });
  } catch (error) {
    return await ended(pilot, { code: 127, signal: null }, [messageOf(error)]);
  }
  const startedAt = new Date(clock.now());
  log.info({ pid: child.pid, file: command.file }, 'the process is started');
  await records
    .started(child.pid, startedAt)
    .catch((error: unknown) => log.warn({ err: error }, 'the start could not be recorded'));
  state.learn({ process: { startedAt: startedAt.toISOString() } });
  state.happened({ is: 'spawned' });
  parts.onSpawned?.(child);

  const observing = new AbortController();
  const looks = observeForever({ node, state, clock, log, dataVersion, orders }, AbortSignal.any([observing.signal, background]));
  const stopping = stopInOrder(pilot, child, observing.signal);
  const exit = await child.ended;
  observing.abort();
  await Promise.all([looks, stopping]);
  return await ended(pilot, exit, child.lastLines.lines);
}

/**
 * When the pod is stopped or the node suspended: drain, then SIGTERM, then nothing more. Only the kubelet kills, when the pod's
 * grace period is over; but it knows nothing of a node that is suspended.
 */
async function stopInOrder(pilot: Pilot, child: Supervised, over: AbortSignal): Promise<void> {
  const { parts, state, records, suspension } = pilot;
  const { clock, log, stop } = parts;
  suspendIfOrdered(pilot);
  await aborted(AbortSignal.any([stop, over, suspension.signal]));
  if (over.aborted) return;
  if (stop.aborted) {
    // The kubelet does not say why it stops a container; but it asked this pilot whether the process lives.
    const { ok, message } = liveness(state);
    state.happened({ is: 'stopAsked', ...(ok ? {} : { lifeless: message }) });
    await drainNode(pilot, over);
    return child.signal('SIGTERM');
  }
  log.info({ everReady: state.life.everReady }, 'the node is suspended');
  await drainNode(pilot, over);
  // The next life starts from it when the API server is away.
  await records.kept();
  child.signal('SIGTERM');
  await sleep(clock, SUSPEND_KILL_MS, over);
  if (over.aborted) return;
  log.warn({ seconds: SUSPEND_KILL_MS / 1000 }, 'the process does not end and is killed');
  child.signal('SIGKILL');
}

/** While a process runs. In the gate the order itself is looked at. */
function suspendIfOrdered({ orders, state, suspension }: Pilot): void {
  if (!orders.suspends) return;
  state.happened({ is: 'suspendAsked' });
  if (state.life.stopping) suspension.abort();
}

/** Brings a node that has served to a clean stop point, within the engine's time for it. */
async function drainNode({ parts, state, drain }: Pilot, over: AbortSignal): Promise<void> {
  const { node, clock, log } = parts;
  if (!state.life.everReady) return;
  const startedAt = clock.monotonic();
  using limit = deadline(clock, node.drainTimeoutMs, over);
  await node
    .drain(limit.signal)
    .catch((error: unknown) => log.warn({ err: error }, 'the drain failed; the process is stopped anyway'));
  drain.seconds = (clock.monotonic() - startedAt) / 1000;
  log.info({ seconds: drain.seconds }, 'drained');
}

/** Records how the process ended, so that the next pilot and the Pilot's status can tell it. */
async function ended(pilot: Pilot, exit: Exit, lastLines: readonly string[]): Promise<number> {
  const { parts, state, records } = pilot;
  const { clock, log } = parts;
  await settleVersion(pilot);
  state.happened({ is: 'ended', exit });
  log.info({ exit: describeExit(exit), phase: state.life.phase }, 'the process has ended');
  const { stopping, lifeless } = state.life;
  if (stopping && lifeless === undefined) {
    await records.stopped();
    return exitCodeOf(state.life, exit);
  }
  const lastExit = {
    at: new Date(clock.now()).toISOString(),
    ...(exit.code === null ? {} : { code: exit.code }),
    ...(exit.signal === null ? {} : { signal: exit.signal }),
    lastLines: [...lastLines, ...(lifeless === undefined ? [] : [`stopped: ${lifeless}`])].slice(-MAX_LINES),
  };
  const restarts = state.facts.restarts + 1;
  state.learn({ lastExit, restarts });
  await records
    .exited({ restarts, exit: lastExit })
    .catch((error: unknown) => log.warn({ err: error }, 'the exit could not be recorded'));
  return exitCodeOf(state.life, exit);
}

/** Before the end is told: whether the version that ended had opened the data decides about the way back. */
async function settleVersion({ parts, state, dataVersion }: Pilot): Promise<void> {
  using limit = deadline(parts.clock, SETTLE_TIMEOUT_MS, new AbortController().signal);
  await dataVersion
    ?.settle(limit.signal)
    .catch((error: unknown) => parts.log.warn({ err: error }, 'the version could not be noted on the volume'));
  if (dataVersion?.known !== undefined) state.learn({ dataVersion: dataVersion.known });
}

/** Takes in the own Pilot as the API server has it. */
function onOwn(pilot: Pilot, own: OwnPilot | undefined): void {
  const { parts, state, orders, reporter, records } = pilot;
  if (own === undefined) return reporter.close();
  const order = { uid: own.uid, generation: own.generation, spec: own.spec };
  const known = orders.fresh;
  const isNew = known === undefined || known.uid !== own.uid || known.generation !== own.generation;
  const lastExit = laterExit(state.facts.lastExit, own.lastExit);
  if (isNew) {
    orders.take(order);
    // Before it is reported that this order was seen: a node that stops must not look well with it.
    suspendIfOrdered(pilot);
    state.learn({ generation: own.generation, ...(lastExit === undefined ? {} : { lastExit }) });
    records.keepOrder(order).catch((error: unknown) => parts.log.warn({ err: error }, 'the order could not be kept'));
  }
  reporter.open(known?.uid !== own.uid);
}

async function listen({ parts, state, reporter, drain }: Pilot): Promise<AsyncDisposable> {
  const now = (): number => parts.clock.monotonic();
  const server = await startServer(parts.port, {
    '/livez': () => probe(liveness(state)),
    '/readyz': () => probe(readiness(state, now())),
    '/metrics': () => ({
      status: 200,
      body: renderMetrics({
        state,
        reports: reporter.counters,
        drainSeconds: drain.seconds,
        nowMs: now(),
        residentBytes: process.memoryUsage.rss(),
      }),
    }),
  });
  parts.onListening?.(server.port);
  return server;
}

function probe({ ok, message }: ProbeAnswer): Answer {
  return { status: ok ? 200 : 503, body: `${message}\n` };
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
}
