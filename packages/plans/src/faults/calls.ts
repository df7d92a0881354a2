import type { Fault } from '@navigator/kube/testing';
import { isWriteCall } from '../sim/transport.ts';
import type { Faults } from '../world.ts';

/** What may happen to one call of the controller (T14, and T5 for the API's answers). */
export const CALL_FAULTS: Readonly<Record<string, Fault>> = {
  'reply-lost': { fault: 'reply-lost' },
  'request-lost': { fault: 'request-lost' },
  hang: { fault: 'hang' },
  conflict: { fault: 'error', status: 409, reason: 'Conflict' },
  throttled: { fault: 'error', status: 429, reason: 'TooManyRequests', retryAfterSeconds: 2 },
  failed: { fault: 'error', status: 500, reason: 'InternalError' },
  timeout: { fault: 'error', status: 504, reason: 'Timeout' },
  empty: { fault: 'answer', status: 200, body: {} },
  garbage: { fault: 'answer', status: 200, body: '<html>proxy</html>' },
};

const BLIND_MS = 65_000;

/** The n-th write (or, with `reads`, the n-th get or list) of the controller goes wrong in one way. */
export function callFaults(number: number, kind: string, reads = false): Faults {
  const fault = CALL_FAULTS[kind];
  if (!fault) throw new TypeError(`no call goes wrong as "${kind}"`);
  let calls = 0;
  return {
    blindMs: BLIND_MS,
    controller: () => ({
      onCall: (call) => {
        const counts = reads ? call.verb === 'get' || call.verb === 'list' : isWriteCall(call);
        if (!counts) return undefined;
        calls += 1;
        return calls === number ? fault : undefined;
      },
    }),
    pilot: () => ({}),
    look: () => undefined,
  };
}
