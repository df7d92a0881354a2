import { setTimeout as pause } from 'node:timers/promises';
import { FLUSH_PATH, flushSchema, ROUTING_PATH, routingSchema } from './answers.ts';
import { type SoleCopy, soleCopies } from './copies.ts';
import type { LocalHttp } from './http.ts';
import { holdNewIndices } from './stopping.ts';

/** Where the node is stopped and what may be waited for. */
export interface DrainOptions {
  readonly http: LocalHttp;
  /** Elasticsearch's id of this node; undefined when it never told or has no data: then there is nothing to look for. */
  readonly nodeId: string | undefined;
  /** Time for copies that are being built, in ms, all in all. Default one minute. */
  readonly recoveringMs?: number;
  /** Time in which nothing is done about copies that are missing, in ms: an allocation may just be due. Default 5 s. */
  readonly missingMs?: number;
}

const POLL_MS = 500;
/** Longest that new indices wait for this node, but for its end, in ms. A copy of one that was just made takes a second or two. */
const HOLD_MS = 3000;

/**
 * Brings the node to a clean stop point: flushes, so that it comes back without replaying its translog; looks once more whether
 * a shard has its only good copy here (a shard may have landed since the controller looked, or somebody evicts this pod without
 * asking it); lets new indices wait, and looks again: now no other can land. A copy that is being built is waited for. One that
 * cannot be is not: in the middle of an upgrade no older node may take the copy of a shard that a newer one leads.
 */
export async function drain(
  { http, nodeId, recoveringMs = 60_000, missingMs = 5000 }: DrainOptions,
  signal: AbortSignal,
): Promise<void> {
  await http.send({ method: 'POST', path: FLUSH_PATH, signal }, flushSchema);
  if (nodeId === undefined) return;
  await waitForCopies({ http, nodeId, recoveringMs, missingMs }, signal);
  await holdNewIndices(http, nodeId, signal);
  const held = { recoveringMs: Math.min(recoveringMs, HOLD_MS), missingMs: Math.min(missingMs, HOLD_MS) };
  await waitForCopies({ http, nodeId, ...held }, signal);
}

/**
 * Waits until no shard has its only copy here, or the time for that is over. Elasticsearch builds two copies at a time on a node
 * (`node_concurrent_recoveries`) and nothing for a moment between two: as long as they become fewer, something is done about them.
 */
async function waitForCopies(
  { http, nodeId, recoveringMs, missingMs }: Required<DrainOptions> & { readonly nodeId: string },
  signal: AbortSignal,
): Promise<void> {
  const startedMs = performance.now();
  let doneMs = startedMs;
  let fewest: number | undefined;
  for (;;) {
    const mine = await soleCopiesOn(http, nodeId, signal);
    const nowMs = performance.now();
    if (mine.some(({ isRecovering }) => isRecovering) || mine.length < (fewest ?? 0)) doneMs = nowMs;
    fewest = Math.min(fewest ?? mine.length, mine.length);
    if (mine.length === 0 || nowMs - startedMs >= recoveringMs || nowMs - doneMs >= missingMs) return;
    await pause(POLL_MS, undefined, { signal });
  }
}

async function soleCopiesOn(http: LocalHttp, nodeId: string, signal: AbortSignal): Promise<readonly SoleCopy[]> {
  const routing = await http.send({ method: 'GET', path: ROUTING_PATH, signal }, routingSchema);
  return soleCopies(routing).filter(({ node }) => node === nodeId);
}
