import { requestInfo } from './request-info.ts';

/** How often one kind of call was answered in one way. `code` is the HTTP status, or `error` when there was no answer. */
export interface RequestCount {
  readonly verb: string;
  readonly resource: string;
  readonly code: string;
  readonly count: number;
}

/** Counts calls by verb and resource, for the metrics and for tests that say "the steady state writes nothing". */
export class RequestCounters {
  readonly #counts = new Map<string, { verb: string; resource: string; code: string; count: number }>();

  /** Adds one call. */
  add(call: { readonly method: string; readonly path: string; readonly watch: boolean }, code: string): void {
    const info = requestInfo(call.method, call.path, call.watch);
    const resource = info.subresource ? `${info.plural}/${info.subresource}` : info.plural;
    const key = `${info.verb} ${resource} ${code}`;
    const entry = this.#counts.get(key);
    if (entry) entry.count += 1;
    else this.#counts.set(key, { verb: info.verb, resource, code, count: 1 });
  }

  /** All counts so far. */
  snapshot(): RequestCount[] {
    return [...this.#counts.values()].map((entry) => ({ ...entry }));
  }

  /** The sum over the calls that match. */
  total(match: (count: RequestCount) => boolean = () => true): number {
    return this.snapshot()
      .filter(match)
      .reduce((sum, entry) => sum + entry.count, 0);
  }

  /** The calls that changed, or tried to change, something. */
  writes(): number {
    return this.total(({ verb }) => verb !== 'get' && verb !== 'list' && verb !== 'watch' && verb !== 'other');
  }
}
