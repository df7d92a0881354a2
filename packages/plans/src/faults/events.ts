import type { EventFault } from '../sim/transport.ts';
import type { Faults, World } from '../world.ts';

export type EventTrouble = 'twice' | 'late' | 'cut' | 'lost' | 'gone';

/** How long a lost event stays unnoticed: until the history is compacted and the watch must list again. */
const RELIST_MS = 120_000;
/** A watch that broke is opened again after a back-off. */
const RECONNECT_MS = 35_000;
const LATE_MS = 20_000;

/** T4: something happens to the n-th event that the controller's first life would receive. */
export function eventFaults(number: number, trouble: EventTrouble): Faults {
  let world: World | undefined;
  let events = 0;
  let healing = false;
  const onEvent = (): EventFault | undefined => {
    events += 1;
    if (events !== number || !world) return undefined;
    if (trouble === 'gone') world.clock.setTimeout(() => world?.breakWatches(true), 1);
    if (trouble === 'lost') {
      healing = true;
      world.clock.setTimeout(() => world?.breakWatches(true), RELIST_MS);
      world.clock.setTimeout(() => (healing = false), RELIST_MS + RECONNECT_MS);
    }
    world.note('fault', `event ${number} is ${trouble}`);
    if (trouble === 'twice') return { twice: true };
    if (trouble === 'late') return { delayMs: LATE_MS };
    if (trouble === 'cut') return { cut: true };
    return trouble === 'lost' ? { drop: true } : undefined;
  };
  return {
    blindMs: trouble === 'lost' ? RELIST_MS + RECONNECT_MS : LATE_MS,
    begin: (its) => (world = its),
    controller: () => ({ onEvent }),
    pilot: () => ({}),
    look: () => undefined,
    pending: () => healing,
  };
}
