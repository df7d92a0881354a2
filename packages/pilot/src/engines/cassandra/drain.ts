import { setTimeout as delay } from 'node:timers/promises';
import { JmxUnavailableError } from './errors.ts';
import type { Jmx } from './jmx.ts';
import { readOperationMode, STORAGE_SERVICE } from './storage-service.ts';

/** How long flushing memtables may take, in ms. */
export const DRAIN_TIMEOUT_MS = 120_000;
const POLL_MS = 250;

/** Modes that a drain helps: the node serves or moves data. One that starts, joins or left for good is simply stopped. */
const DRAINABLE = new Set(['NORMAL', 'LEAVING', 'MOVING', 'DECOMMISSION_FAILED']);

/**
 * Stops CQL, gossip and messaging and flushes what is in memory, so that the next start replays no commit log. SIGTERM does
 * the same in a shutdown hook, but there a failure is seen by nobody. A node that does not answer is left to SIGTERM.
 * @throws JmxCallError when Cassandra could not drain.
 */
export async function drainNode(jmx: Jmx, signal: AbortSignal): Promise<void> {
  const mode = await modeOrGone(jmx, signal);
  if (mode !== undefined && DRAINABLE.has(mode)) return jmx.call(STORAGE_SERVICE, 'drain', signal);
  if (mode === 'DRAINING') return waitUntilDrained(jmx, signal);
}

async function waitUntilDrained(jmx: Jmx, signal: AbortSignal): Promise<void> {
  while ((await modeOrGone(jmx, signal)) === 'DRAINING') await delay(POLL_MS, undefined, { signal });
}

async function modeOrGone(jmx: Jmx, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await readOperationMode(jmx, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof JmxUnavailableError) return undefined;
    throw error;
  }
}
