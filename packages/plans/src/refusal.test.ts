import { StatefulSets } from '@navigator/kube';
import { expect, test } from 'vitest';
import { NO_FAULTS } from './faults/none.ts';
import { isWriteCall } from './sim/transport.ts';
import { readyOf } from './truth.ts';
import { create, ES } from './workloads/deeds.ts';
import { oneNode } from './workloads/make.ts';
import { World } from './world.ts';

test(
  'a refusal that words itself anew each time is tried again by the back-off, not by its own status',
  { timeout: 60_000 },
  async () => {
    const triesAtMs: number[] = [];
    using world = new World({
      seed: 1,
      faults: {
        ...NO_FAULTS,
        controller: () => ({
          onCall: (call) => {
            if (call.plural !== StatefulSets.plural || !isWriteCall(call)) return undefined;
            triesAtMs.push(world.clock.monotonic());
            const message = `exceeded quota, request ${triesAtMs.length}`;
            return {
              fault: 'answer',
              status: 403,
              body: { kind: 'Status', status: 'Failure', reason: 'Forbidden', code: 403, message },
            };
          },
        }),
      },
    });
    world.startController();
    create(ES, { spec: oneNode(ES) })(world);
    await world.clock.advance(600_000);
    // 5, 10, 20 ms … to a minute, some of them together with news of other children, then one a minute.
    expect(triesAtMs.length).toBeLessThan(35);
    expect(triesAtMs.filter((ms) => ms > 300_000).length).toBeLessThanOrEqual(6);
    expect(triesAtMs.at(-1), 'it is tried for ever').toBeGreaterThan(500_000);
    const cluster = world.get(world.resource(ES), 'demo') ?? expect.fail();
    expect(readyOf(cluster)?.message).toContain(`request ${triesAtMs.length}`);
  },
);
