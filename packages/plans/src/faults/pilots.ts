import { isWriteCall } from '../sim/transport.ts';
import type { LookFault } from '../sim/database.ts';
import type { Faults, World } from '../world.ts';

/** T2: the container of a pod is killed before or after its pilot's n-th report. */
export function killFaults(podName: string, report: number, when: 'before' | 'after'): Faults {
  let world: World | undefined;
  let reports = 0;
  const kill = (): void => {
    world?.clock.setTimeout(() => world?.kubelet.runner(podName)?.killContainer(), 0);
  };
  return {
    blindMs: 30_000,
    begin: (its) => (world = its),
    controller: () => ({}),
    pilot: (name) =>
      name !== podName
        ? {}
        : {
            onCall: (call) => {
              if (!isWriteCall(call)) return undefined;
              reports += 1;
              if (when === 'before' && reports === report) {
                kill();
                return { fault: 'request-lost' };
              }
              return undefined;
            },
            afterCall: (call) => {
              if (isWriteCall(call) && when === 'after' && reports === report) kill();
            },
          },
    look: () => undefined,
  };
}

/** T5: for a while the database of one pod, or of all (`*`), answers its pilot wrongly. */
export function lookFaults(options: {
  readonly podName: string;
  readonly fromMs: number;
  readonly forMs: number;
  readonly fault: LookFault;
}): Faults {
  let world: World | undefined;
  const { podName, fromMs, forMs, fault } = options;
  return {
    blindMs: forMs,
    begin: (its) => (world = its),
    controller: () => ({}),
    pilot: () => ({}),
    look: (name) => {
      const now = world?.clock.monotonic() ?? 0;
      return (podName === '*' || podName === name) && now >= fromMs && now < fromMs + forMs ? fault : undefined;
    },
    pending: () => (world?.clock.monotonic() ?? 0) < fromMs + forMs,
  };
}
