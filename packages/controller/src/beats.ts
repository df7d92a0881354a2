import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '@navigator/kube';
import { withoutStatus } from './news.ts';
import { readClusterStatus } from './observe.ts';

/**
 * Whether two states of one Pilot differ in nothing but the time of the report and the amounts of data, of which nothing
 * is decided. 15,000 pilots say so 250 times a second.
 */
export function isBeat(before: KubeObject, after: KubeObject): boolean {
  return isDeepStrictEqual(withoutBeat(before), withoutBeat(after));
}

function withoutBeat(pilot: KubeObject): object {
  const status: unknown = pilot['status'];
  if (typeof status !== 'object' || status === null) return { ...withoutStatus(pilot), status };
  const { heartbeatTime: _time, data: _data, dataSummary: _summary, ...rest } = status as Record<string, unknown>;
  return { ...withoutStatus(pilot), status: rest };
}

/**
 * Whether a cluster has nothing to learn from a beat: all is well, as of the present spec, and no Action waits, perhaps for
 * a report that is younger than some process. That a pilot falls silent is not learnt from beats: the pass itself asks to
 * be repeated when its reports expire.
 */
export function isSettled(cluster: KubeObject): boolean {
  const { conditions, plan, health, observedGeneration } = readClusterStatus(cluster);
  const isReady = conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
  return isReady && health === 'Green' && plan.length === 0 && observedGeneration === cluster.metadata.generation;
}
