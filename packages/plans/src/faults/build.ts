import type { LookFault } from '../sim/database.ts';
import type { Faults } from '../world.ts';
import type { PlanId } from '../plan-id.ts';
import { callFaults } from './calls.ts';
import { crashFaults } from './crash.ts';
import { eventFaults, type EventTrouble } from './events.ts';
import { mixedFaults } from './mixture.ts';
import { NO_FAULTS } from './none.ts';
import { killFaults, lookFaults } from './pilots.ts';

/** The faults that a plan's id names. @throws TypeError for a fault that there is not. */
export function buildFaults({ fault, parameters }: PlanId): Faults {
  const [first = '', second = '', third = '', fourth = ''] = parameters;
  switch (fault) {
    case 'none':
    case 'quiet':
    case 'chain':
      return NO_FAULTS;
    case 'crash':
      return crashFaults({ write: Number(first), when: side(second), downMs: 2000 });
    case 'stale':
      return crashFaults({
        write: Number(first),
        when: 'after',
        downMs: 1000,
        stale: { revisionsAgo: Number(second), holdMs: Number(third) },
      });
    case 'event':
      return eventFaults(Number(first), second as EventTrouble);
    case 'write':
      return callFaults(Number(first), second);
    case 'read':
      return callFaults(Number(first), second, true);
    case 'kill':
      return killFaults(first, Number(second), side(third));
    case 'look':
      return lookFaults({ podName: first, fromMs: Number(second), forMs: Number(third), fault: fourth as LookFault });
    case 'mixed':
      return mixedFaults(Number(first), Number(second));
    default:
      throw new TypeError(`there is no fault "${fault}"`);
  }
}

function side(text: string): 'before' | 'after' {
  return text === 'before' ? 'before' : 'after';
}
