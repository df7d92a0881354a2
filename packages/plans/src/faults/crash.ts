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
  const crash = (): void => {
    isDone = true;
    world?.crashController(options.downMs);
  };
  return {
    blindMs: options.downMs + (options.stale?.holdMs ?? 0),
    begin: (its) => (world = its),
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
      ...(life === 2 && options.stale !== undefined && world !== undefined ? { stale: staleOf(world, options.stale) } : {}),
    }),
    pilot: () => ({}),
    look: () => undefined,
  };
}

function staleOf(
  world: World,
  { revisionsAgo, holdMs }: { revisionsAgo: number; holdMs: number },
): { revision: number; untilMs: number } {
  const { store } = world.server;
  return {
    revision: Math.max(store.compactedRevision, 1000, store.revision - revisionsAgo),
    untilMs: world.clock.monotonic() + holdMs,
  };
}
