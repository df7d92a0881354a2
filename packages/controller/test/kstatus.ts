import type { KubeObject } from '@navigator/kube';
import { z } from 'zod';

const readable = z.object({
  observedGeneration: z.int().optional(),
  conditions: z.array(z.object({ type: z.string(), status: z.string(), observedGeneration: z.int().optional() })).default([]),
});

/**
 * What kstatus (and with it Flux, Helm 4 and Argo's like) computes of a custom resource:
 * https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md
 */
export function kstatus({ metadata, ...object }: KubeObject): 'Terminating' | 'InProgress' | 'Failed' | 'Current' {
  const { observedGeneration, conditions } = readable.parse(object['status'] ?? {});
  const is = (type: string, status: string): boolean =>
    conditions.some((condition) => condition.type === type && condition.status === status);
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  if (observedGeneration !== undefined && observedGeneration !== metadata.generation) return 'InProgress';
  if (is('Reconciling', 'True')) return 'InProgress';
  if (is('Stalled', 'True')) return 'Failed';
  return is('Ready', 'False') || is('Ready', 'Unknown') ? 'InProgress' : 'Current';
}

/**
 * Whether `kubectl wait --for=condition=Ready` returns: since 1.21 a condition whose generation, or else that of the whole
 * status, is behind the object's does not count (https://github.com/kubernetes/kubernetes/pull/97408).
 */
export function kubectlWaitReturns({ metadata, ...object }: KubeObject): boolean {
  const { observedGeneration, conditions } = readable.parse(object['status'] ?? {});
  const ready = conditions.find(({ type }) => type === 'Ready');
  const generation = ready?.observedGeneration ?? observedGeneration ?? metadata.generation ?? 0;
  return ready?.status === 'True' && generation >= (metadata.generation ?? 0);
}
