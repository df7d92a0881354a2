import { PILOT_PORT } from '@navigator/api-types';
import type { Probe } from './pod-types.ts';

/**
 * Startup asks whether the pilot is alive, not whether the database serves: a node may rightly wait hours for its turn
 * or for a stream of data, and the kubelet kills what does not start in time. The other probes begin after it.
 */
export function startupProbe(): Probe {
  return probe('/livez', { periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 900 });
}

/** Cheap in the pilot (it answers from memory), so it may be asked often: clients come and go with it. */
export function readinessProbe(): Probe {
  return probe('/readyz', { periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 2 });
}

/** Slow to judge: killing a database that is only busy makes everything worse. */
export function livenessProbe(): Probe {
  return probe('/livez', { periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 });
}

function probe(path: string, times: Pick<Probe, 'periodSeconds' | 'timeoutSeconds' | 'failureThreshold'>): Probe {
  return { httpGet: { path, port: PILOT_PORT, scheme: 'HTTP' }, successThreshold: 1, ...times };
}
