import { readFileSync } from 'node:fs';
import { processesOfPod } from '../cluster/index.ts';
import type { AnyObject, Namespace } from './objects.ts';

/** Resident memory of one process in a pod in MiB, found by a word of its command line; undefined away from the local lab. */
export function residentMiB(namespace: Namespace, pod: AnyObject, word: string): number | undefined {
  if (!namespace.cluster.local) return undefined;
  const found = processesOfPod(pod.metadata.uid).find(
    ({ argv }) => argv[0]?.endsWith('/node') === true && argv.some((arg) => arg.includes(word)),
  );
  if (found === undefined) return undefined;
  const status = readFileSync(`/proc/${found.pid}/status`, 'utf8');
  const kib = /VmRSS:\s+(\d+) kB/.exec(status)?.[1];
  return kib === undefined ? undefined : Math.round(Number(kib) / 1024);
}

/** API requests of the controller so far, by verb, from its metrics; renewals of the leader's lease are not counted. */
export async function controllerRequests(system: Namespace): Promise<Map<string, number>> {
  const totals = new Map<string, number>();
  const pods = await system.list('pods', 'app.kubernetes.io/name=navigator');
  for (const pod of pods) {
    const text = await system.cluster.kubectl([
      'get',
      '--raw',
      `/api/v1/namespaces/${system.name}/pods/${pod.metadata.name}:8080/proxy/metrics`,
    ]);
    for (const line of text.split('\n')) {
      const match = /^rest_client_requests_total\{(.*)\} ([\d.e+]+)$/.exec(line);
      const verb = /(?:verb|method)="([^"]+)"/.exec(match?.[1] ?? '')?.[1];
      if (match?.[2] === undefined || verb === undefined || match[1]?.includes('resource="leases"') === true) continue;
      totals.set(verb, (totals.get(verb) ?? 0) + Number(match[2]));
    }
  }
  return totals;
}

/** Differences of two readings, without the zeros: `apply 12, create 3`. */
export function difference(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string {
  const parts = [...after]
    .map(([verb, count]) => [verb, count - (before.get(verb) ?? 0)] as const)
    .filter(([, count]) => count > 0);
  return parts.length === 0 ? 'none' : parts.map(([verb, count]) => `${verb} ${count}`).join(', ');
}
