import type { PilotPhase, RefusalCause } from '@navigator/api-types';
import type { Held } from './engines/engine.ts';

/**
 * The life of a node as a state machine. Pure: the runner (run.ts) feeds it what happened and does what it says.
 *
 *   Waiting ⇄ Refused ⇄ Suspended → Starting → Running → Draining → Stopped
 *                                      └──────────┴→ Failed   (the process ended by itself)
 */
export interface Life {
  readonly phase: PilotPhase;
  /** Why it is in this phase; absent when there is nothing to say. */
  readonly message?: string;
  /** In phase Refused. */
  readonly refusedFor?: RefusalCause;
  /** What the message is about while the process runs, where it is something that the node was given. */
  readonly concerns?: RefusalCause;
  /** Somebody asked the pod to stop, or the node is suspended; nothing takes that back in this life. */
  readonly stopping: boolean;
  /** The process has served in this life. */
  readonly everReady: boolean;
  /** The process was asked to stop after it had shown no life, in these words. */
  readonly lifeless?: string;
}

/** How the process ended. Exactly one of the two is set by Node. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export type LifeEvent =
  | ({ readonly is: 'held' } & GateHold)
  | { readonly is: 'spawned' }
  | { readonly is: 'observed'; readonly ready: boolean; readonly message?: string; readonly concerns?: RefusalCause }
  | { readonly is: 'unobserved'; readonly message: string }
  /** `lifeless`: the liveness probe failed when the pod was asked to stop, so that is most likely why. */
  | { readonly is: 'stopAsked'; readonly lifeless?: string }
  | { readonly is: 'ended'; readonly exit: Exit }
  /** The node is ordered to be suspended: means something only while a process runs. */
  | { readonly is: 'suspendAsked' }
  /** There is nothing left to stop: the process was never started. */
  | { readonly is: 'closed' };

/** Why the gate is shut: what an engine or the volume says, or the order to be suspended. */
export type GateHold = Held | { readonly phase: 'Suspended'; readonly message: string };

export const NEW_LIFE: Life = { phase: 'Waiting', message: 'waiting for the Pilot object', stopping: false, everReady: false };

/** The life after an event. Events that make no sense in a phase change nothing. */
export function step(life: Life, event: LifeEvent): Life {
  switch (event.is) {
    case 'held':
      return life.stopping ? life : held(life, event);
    case 'spawned':
      return changed(life, life.stopping ? 'Draining' : 'Starting');
    case 'observed':
      return observed(life, event);
    case 'unobserved':
      return observed(life, { ready: false, message: event.message });
    case 'stopAsked':
      return stopping(life, event.lifeless);
    case 'suspendAsked':
      return suspending(life);
    case 'ended':
      return life.stopping ? changed(life, 'Stopped', `stopped: ${describeExit(event.exit)}`) : failed(life, event.exit);
    case 'closed':
      return changed(life, 'Stopped', 'stopped before the process was started');
  }
}

/** Exit code of the pilot. A stop that was asked for is a success when the process ended by that signal or cleanly. */
export function exitCodeOf(life: Life, exit: Exit): number {
  const code = exit.signal === null ? (exit.code ?? 1) : 128 + signalNumber(exit.signal);
  const SIGTERM_CODE = 143;
  return life.stopping && code === SIGTERM_CODE ? 0 : code;
}

/** Words for people: `exit code 1` or `signal SIGKILL`. */
export function describeExit(exit: Exit): string {
  return exit.signal === null ? `exit code ${exit.code ?? 'unknown'}` : `signal ${exit.signal}`;
}

function held(life: Life, event: GateHold): Life {
  const next = changed(life, event.phase, event.message);
  return event.phase === 'Refused' ? { ...next, refusedFor: event.refusedFor ?? 'Data' } : next;
}

function observed(life: Life, { ready, message, concerns }: Omit<Extract<LifeEvent, { is: 'observed' }>, 'is'>): Life {
  if (life.phase !== 'Starting' && life.phase !== 'Running') return life;
  const phase = ready ? 'Running' : life.phase;
  const about = concerns === undefined ? {} : { concerns };
  return { ...changed(life, phase, message), ...about, everReady: life.everReady || ready };
}

function stopping(life: Life, lifeless: string | undefined): Life {
  const asked = 'the pod is asked to stop';
  if (lifeless === undefined) return { ...changed(life, 'Draining', asked), stopping: true };
  return { ...changed(life, 'Draining', `${asked}: ${lifeless}`), stopping: true, lifeless };
}

function suspending(life: Life): Life {
  if (life.phase !== 'Starting' && life.phase !== 'Running') return life;
  return { ...changed(life, 'Draining', 'the node is suspended: its database is being stopped'), stopping: true };
}

function failed(life: Life, exit: Exit): Life {
  return changed(life, 'Failed', `the process ended by itself: ${describeExit(exit)}`);
}

function changed(life: Life, phase: PilotPhase, message?: string): Life {
  const { message: _old, refusedFor: _cause, concerns: _about, ...rest } = life;
  return { ...rest, phase, ...(message === undefined ? {} : { message }) };
}

/** Linux numbers of the signals that end a process; the shell's convention is 128 plus the number. */
const SIGNAL_NUMBERS: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGXCPU: 24,
  SIGSYS: 31,
};

function signalNumber(signal: NodeJS.Signals): number {
  return SIGNAL_NUMBERS[signal] ?? 0;
}
