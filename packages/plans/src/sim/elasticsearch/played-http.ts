import { type Call, LocalHttp, PilotError } from '@navigator/pilot/lab/elasticsearch';
import type { LookFault } from '../database.ts';

/** The pilot's own HTTP client with the wire replaced: what comes back goes through its parsing all the same. */
export class PlayedHttp extends LocalHttp {
  readonly #answer: (call: Call) => unknown;
  readonly #faultNow: () => LookFault | undefined;

  /** `answer` gives undefined when nobody listens. */
  constructor(answer: (call: Call) => unknown, faultNow: () => LookFault | undefined) {
    super('127.0.0.1', 9200);
    this.#answer = answer;
    this.#faultNow = faultNow;
  }

  protected override async exchange(call: Call): Promise<{ status: number; text: string }> {
    const answer = this.#answer(call);
    const fault = this.#faultNow();
    if (answer === undefined) throw new PilotError('DatabaseUnreachable', 'connect ECONNREFUSED', { retryable: true });
    if (fault === 'error') return { status: 503, text: '{"error":"injected"}' };
    if (fault === 'timeout') return await hang(call.signal);
    if (fault === 'empty') return { status: 200, text: '{}' };
    if (fault === 'garbage') return { status: 200, text: '<html>proxy</html>' };
    if (fault === 'partial') return { status: 200, text: JSON.stringify(partOf(answer)) };
    return { status: 200, text: JSON.stringify(answer) };
  }
}

async function hang(signal: AbortSignal): Promise<never> {
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  if (signal.aborted) resolve();
  await promise;
  throw new PilotError('DatabaseTimeout', 'no answer in time', { retryable: true });
}

/** The first half of an object's fields, and no member of the maps in it. */
function partOf(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null) return answer;
  const entries = Object.entries(answer);
  return Object.fromEntries(
    entries
      .slice(0, Math.ceil(entries.length / 2))
      .map(([name, value]) => [name, typeof value === 'object' && value !== null ? {} : (value as unknown)]),
  );
}
