import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const LOOKUP_DEADLINE_MS = 5_000;

export interface SeedQuery {
  /** Pods to look up; not this one. */
  readonly pods: readonly string[];
  readonly podDomain: string;
  /** This pod's address: seeds are asked for in the same family. */
  readonly podIp: string;
}

/** Answers an address, or undefined when the name has none now. */
export type Resolve = (host: string, family: 4 | 6) => Promise<string | undefined>;

/**
 * Addresses of the seeds as far as DNS knows them now, in the order of their names. Cassandra gets addresses, not names: 4.x
 * asks DNS only once for a name, and ends when one of them is unknown.
 */
export async function resolveSeeds(query: SeedQuery, signal: AbortSignal, resolve: Resolve = lookUp): Promise<readonly string[]> {
  const family = isIP(query.podIp) === 6 ? 6 : 4;
  const until = AbortSignal.any([signal, AbortSignal.timeout(LOOKUP_DEADLINE_MS)]);
  const found = query.pods.map((pod) => Promise.race([resolve(`${pod}.${query.podDomain}`, family), ended(until)]));
  const addresses = (await Promise.all(found)).filter((address) => address !== undefined && address !== query.podIp);
  signal.throwIfAborted();
  return [...new Set(addresses)].flatMap((address) => address ?? []);
}

/** getaddrinfo, since it follows the search path of the pod's resolv.conf; it cannot be aborted, only left alone. */
async function lookUp(host: string, family: 4 | 6): Promise<string | undefined> {
  try {
    return (await lookup(host, { family })).address;
  } catch {
    return undefined; // ENOTFOUND and EAI_AGAIN mean the same here: no address now; the gate asks again
  }
}

async function ended(signal: AbortSignal): Promise<undefined> {
  await delay(LOOKUP_DEADLINE_MS * 2, undefined, { signal, ref: false }).catch(() => undefined);
  return undefined;
}
