import { setTimeout as pause } from 'node:timers/promises';
import { FLUSH_PATH, flushSchema, ROUTING_PATH, routingSchema } from './answers.ts';
import { type SoleCopy, soleCopies } from './copies.ts';
import type { LocalHttp } from './http.ts';
import { keepShardsOff, letShardsCome } from './stopping.ts';

/** Where the node is stopped and what may be waited for. */
export interface DrainOptions {
  readonly http: LocalHttp;
  /** Elasticsearch's id of this node; undefined when it never told: then there is nothing to look for. */
  readonly nodeId: string | undefined;
  /** Time for copies that are being built, in ms. Default one minute. */
  readonly recoveringMs?: number;
  /** Time for copies that nothing is being done about, in ms: an allocation may just be due. Default 5 s. */
  readonly missingMs?: number;
}

const POLL_MS = 500;

/**
 * Brings the node to a clean stop point: flushes, so that it comes back without replaying its translog; looks once more whether
 * a shard has its only good copy here (a shard may have landed since the controller looked, or somebody evicts this pod without
 * asking it); and then, as the last thing before SIGTERM, keeps new shards off. A copy that is being built is waited for. One that
 * cannot be is not: in the middle of an upgrade no older node may take the copy of a shard that a newer one leads.
 */
export async function drain(options: DrainOptions, signal: AbortSignal): Promise<void> {
  const { http, nodeId } = options;
  await http.send({ method: 'POST', path: FLUSH_PATH, signal }, flushSchema);
  if (nodeId === undefined) return;
  const startedMs = performance.now();
  while (await mayGo({ ...options, nodeId, startedMs }, signal)) {
    if (!(await keepShardsOff(http, nodeId, signal))) return;
    // One that landed just before is there in one copy, whose second may not be built as long as this is in force.
    if ((await soleCopiesOn(http, nodeId, signal)).length === 0) return;
    await letShardsCome(http, nodeId, signal);
  }
}

/** Waits until no shard has its only copy here. Returns false when that was given up. */
async function mayGo(
  { http, nodeId, recoveringMs = 60_000, missingMs = 5000, startedMs }: DrainOptions & { nodeId: string; startedMs: number },
  signal: AbortSignal,
): Promise<boolean> {
  for (;;) {
    const mine = await soleCopiesOn(http, nodeId, signal);
    if (mine.length === 0) return true;
    const limitMs = mine.some(({ isRecovering }) => isRecovering) ? recoveringMs : missingMs;
    if (performance.now() - startedMs >= limitMs) return false;
    await pause(POLL_MS, undefined, { signal });
  }
}

async function soleCopiesOn(http: LocalHttp, nodeId: string, signal: AbortSignal): Promise<readonly SoleCopy[]> {
  const routing = await http.send({ method: 'GET', path: ROUTING_PATH, signal }, routingSchema);
  return soleCopies(routing).filter(({ node }) => node === nodeId);
}
