import { isDeepStrictEqual } from 'node:util';
import { ANNOTATIONS, LABELS, MANAGED_BY } from '@navigator/api-types';
import { type KubeClient, type KubeObject, PersistentVolumeClaims, Pods, type Resource, type StatefulSet } from '@navigator/kube';
import { observe, type ObserveInput } from './observe.ts';
import { plan, type Plan } from './plan.ts';
import { Pilots } from './watches.ts';

/**
 * Whether what cannot be taken back would also be decided from what the API server has now. A watch that went silent shows
 * yesterday without a sign of its age. So before a node that serves is stopped, a pod is deleted, as one that cannot come up (it may
 * serve by now), or a StatefulSet gets smaller or goes with its pods, pods, Pilots and claims are read live; and before it
 * is written down who forms a cluster, the volumes: one that holds a cluster already must not be overlooked.
 */
export async function isConfirmed(decision: Plan, input: ObserveInput, reading: Reading): Promise<boolean> {
  if (decision.clusterAnnotations?.[ANNOTATIONS.initialMembers] !== undefined) {
    const claims = await listLive(PersistentVolumeClaims, input.cluster, reading);
    return isDeepStrictEqual(planAgain({ ...input, claims }).clusterAnnotations, decision.clusterAnnotations);
  }
  const fewer = lowered(decision, input.statefulSets);
  const { step } = decision;
  const isEnding = step !== undefined && (step.stops !== undefined || step.effects.some((effect) => effect.do === 'deletePod'));
  if (!isEnding && fewer.length === 0) return true;
  const [pods, pilots, claims] = await Promise.all([
    listLive(Pods, input.cluster, reading),
    listLive(Pilots, input.cluster, reading),
    // A volume that goes with its pod is not taken for one that stays, nor the other way round.
    listLive(PersistentVolumeClaims, input.cluster, reading),
  ]);
  const again = planAgain({ ...input, pods, pilots, claims });
  if (isEnding && !isDeepStrictEqual(again.step, step)) return false;
  return isDeepStrictEqual(lowered(again, input.statefulSets), fewer);
}

/** StatefulSets that the plan makes smaller, with the size they get, or deletes with their pods. */
function lowered({ objects, step }: Plan, statefulSets: readonly StatefulSet[]): readonly string[] {
  const effects = step?.effects ?? [];
  const applied = [...objects, ...effects.flatMap((effect) => (effect.do === 'apply' ? [effect.object] : []))];
  const sizes = statefulSets.flatMap(({ metadata: { name }, spec }) => {
    const set: StatefulSet | undefined = applied.find((object) => object.kind === 'StatefulSet' && object.metadata.name === name);
    const [now, then] = [spec?.replicas ?? 1, set?.spec?.replicas];
    return then !== undefined && then < now ? [`${name}: ${then}`] : [];
  });
  const taken = effects.flatMap((effect) => {
    if (effect.do === 'shrink') return [`${effect.name}: ${effect.replicas}`];
    return effect.do === 'delete' && effect.kind === 'StatefulSet' && effect.keepsPods !== true ? [effect.name] : [];
  });
  return [...sizes, ...taken];
}

function planAgain(input: ObserveInput): Plan {
  return plan(observe(input), input.engine);
}

async function listLive<T extends KubeObject>(
  resource: Resource<T>,
  cluster: KubeObject,
  { client, signal }: Reading,
): Promise<readonly T[]> {
  return (await client.list<T>(resource, childrenOf(cluster), signal)).items;
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
