import { Random } from '@navigator/kube/testing';
import { isWriteCall } from '../sim/transport.ts';
import type { Faults, World } from '../world.ts';
import { CALL_FAULTS } from './calls.ts';

const FOR_MS = 240_000;
const KINDS = Object.keys(CALL_FAULTS);

/** T14 and more: for four minutes one call in ten fails, events come late or twice or break, and now and then somebody dies. */
export function mixedFaults(seed: number, ratePerCent: number): Faults {
  const random = new Random(seed);
  let world: World | undefined;
  const isOn = (): boolean => (world?.clock.monotonic() ?? 0) < FOR_MS;
  const chance = (perCent: number): boolean => random.next() * 100 < perCent;
  const trouble = (): void => {
    if (!world || !isOn()) return;
    world.clock.setTimeout(
      () => {
        if (!world) return;
        if (random.next() < 0.5) world.crashController(random.int(500, 15_000));
        else world.breakWatches(random.next() < 0.5);
        trouble();
      },
      random.int(10_000, 90_000),
    );
  };
  return {
    blindMs: 90_000,
    begin: (its) => {
      world = its;
      trouble();
    },
    controller: () => ({
      onCall: (call) => {
        if (!isOn() || !chance(ratePerCent)) return undefined;
        const kind = random.pick(KINDS);
        // An empty or odd 200 to a list is no fault of the API server, but of a proxy; both are tried on writes and reads alike.
        return isWriteCall(call) || kind !== 'conflict' ? CALL_FAULTS[kind] : undefined;
      },
      onEvent: () => {
        if (!isOn() || !chance(ratePerCent / 3)) return undefined;
        return random.pick([{ twice: true }, { delayMs: random.int(500, 15_000) }, { cut: true }]);
      },
    }),
    pilot: () => ({ onCall: () => (isOn() && chance(ratePerCent) ? CALL_FAULTS[random.pick(KINDS)] : undefined) }),
    look: () => undefined,
    pending: isOn,
  };
}
