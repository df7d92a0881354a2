import type { NodePoolBase } from '../snapshot.ts';
import { bytesOf } from './quantity.ts';

const MIB = 1024 * 1024;

/** What the pilot beside the database takes of the container's memory, in bytes: 66 MiB were measured on a real cluster. */
export const PILOT_MEMORY_BYTES = 72 * MIB;

/** Above about 32 GiB the JVM loses compressed object pointers: a bigger heap would hold less. */
const HEAP_MAX_BYTES = 31 * 1024 * MIB;
const HEAP_MIN_BYTES = 256 * MIB;
const MEMORY_DEFAULT = '2Gi';

/**
 * Heap of a node in bytes: half of the container's memory without the pilot's, since the other half serves the page cache
 * and the JVM's own needs, of which `outsideBytes` is the least that must stay. Whole MiB, since Xmx takes no fractions.
 */
export function heapBytes(pool: NodePoolBase, outsideBytes: number): number {
  const { limits, requests } = pool.resources;
  const room = bytesOf(limits.memory ?? requests.memory ?? MEMORY_DEFAULT) - PILOT_MEMORY_BYTES;
  const heap = Math.min(room / 2, room - outsideBytes, HEAP_MAX_BYTES);
  return Math.floor(Math.max(heap, HEAP_MIN_BYTES) / MIB) * MIB;
}
