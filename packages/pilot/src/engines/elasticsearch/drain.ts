import { FLUSH_PATH, flushSchema } from './answers.ts';
import type { LocalHttp } from './http.ts';

/**
 * Brings the node to a clean stop point: flushes, so that the node comes back without replaying its translog.
 * TODO(#5): before that, and as the last thing before SIGTERM, wait until no shard has its only good copy here (R22, R23);
 * this is the one place for it.
 */
export async function drain(http: LocalHttp, signal: AbortSignal): Promise<void> {
  await http.send({ method: 'POST', path: FLUSH_PATH, signal }, flushSchema);
}
