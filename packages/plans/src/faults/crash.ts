import { isWriteCall } from '../sim/transport.ts';
import type { Faults, World } from '../world.ts';

export interface CrashOptions {
  /** The write, counted from 1 over all lives, around which the power goes. */
  readonly write: number;
  readonly when: 'before' | 'after';
  readonly downMs: number;
  /** After the restart the API server lags: lists as of so many revisions ago, events only after a while. */
  readonly stale?: { readonly revisionsAgo: number; readonly holdMs: number };
}

/** T1 and T3: a power cut of the controller before or after one of its writes, and a new start. */
export function crashFaults(options: CrashOptions): Faults {
  let world: World | undefined;
  let writes = 0;
  let isDone = false;
  let staleUntilMs = 0;
  const crash = (): void => {
    isDone = true;
    world?.crashController(options.downMs);
  };
  const staleIn = (life: number): { readonly stale?: Stale } => {
    if (life !== 2 || options.stale === undefined || world === undefined) return {};
    const stale = staleOf(world, options.stale);
    staleUntilMs = stale.untilMs;
    return { stale };
  };
  return {
    blindMs: options.downMs + (options.stale?.holdMs ?? 0),
    begin: (its) => (world = its),
    // What the controller has not seen yet it cannot put right.
    pending: () => (world?.clock.monotonic() ?? 0) < staleUntilMs,
    controller: (life) => ({
      onCall: (call) => {
        if (!isWriteCall(call)) return undefined;
        writes += 1;
        if (options.when === 'before' && writes === options.write && !isDone) crash();
        return undefined;
      },
      afterCall: (call) => {
        if (isWriteCall(call) && options.when === 'after' && writes === options.write && !isDone) crash();
      },
      ...staleIn(life),
    }),
    pilot: () => ({}),
    look: () => undefined,
  };
}

interface Stale {
  readonly revision: number;
  readonly untilMs: number;
}

function staleOf(world: World, { revisionsAgo, holdMs }: { revisionsAgo: number; holdMs: number }): Stale {
  const { store } = world.server;
  return {
    revision: Math.max(store.compactedRevision, 1000, store.revision - revisionsAgo),
    untilMs: world.clock.monotonic() + holdMs,
  };
}
