import { isDeepStrictEqual } from 'node:util';
import { LABELS, MANAGED_BY } from '@navigator/api-types';
import { type KubeClient, type KubeObject, type Pod, Pods } from '@navigator/kube';
import { observe, type ObserveInput } from './observe.ts';
import { plan, type Plan } from './plan.ts';
import { Pilots } from './watches.ts';

/**
 * Whether live pods and Pilots give the same step as those in the caches. A watch that went silent shows yesterday's health
 * without a sign of its age, so before a node that serves is stopped the others are read from the API server.
 */
export async function isConfirmed(decision: Plan, input: ObserveInput, { client, signal }: Reading): Promise<boolean> {
  if (decision.step?.stops === undefined) return true;
  const [pods, pilots] = await Promise.all([
    client.list<Pod>(Pods, childrenOf(input.cluster), signal),
    client.list<KubeObject>(Pilots, childrenOf(input.cluster), signal),
  ]);
  const live = plan(observe({ ...input, pods: pods.items, pilots: pilots.items }), input.engine);
  return isDeepStrictEqual(live.step, decision.step);
}

interface Reading {
  readonly client: KubeClient;
  readonly signal: AbortSignal;
}

function childrenOf({ kind, metadata }: KubeObject): { readonly namespace: string; readonly labelSelector: string } {
  const labels = { [LABELS.managedBy]: MANAGED_BY, [LABELS.cluster]: metadata.name, [LABELS.kind]: kind };
  const labelSelector = Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  return { namespace: metadata.namespace ?? '', labelSelector };
}
