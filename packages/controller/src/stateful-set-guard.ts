import { ANNOTATIONS, LABELS } from '@navigator/api-types';
import {
  isNotFound,
  type KubeClient,
  KubeError,
  type KubeObject,
  type Precondition,
  type Resource,
  type StatefulSet,
  StatefulSets,
} from '@navigator/kube';

/** What a plan was made from, as far as StatefulSets hang on it. */
export interface Seen {
  readonly resource: Resource;
  readonly cluster: KubeObject;
  readonly statefulSets: readonly StatefulSet[];
}

interface Asking {
  readonly tools: { readonly client: KubeClient };
  readonly signal: AbortSignal;
}

/**
 * A StatefulSet is written only as it was seen when the write was decided. Its size, partition and template say which pods
 * run: from an old cache (a list after a restart, or a cache that moved on since the plan) they would say it of a state that
 * is long past, and stop nodes that run. So it is read live, and the write is tied to that state; where pods hang on it, the
 * cluster object must be the newest as well.
 * @throws KubeError `KUBE_CONFLICT` when the plan was made from an old state: the next pass sees the new one.
 */
export async function asSeen(
  seen: Seen,
  { object, existing }: { readonly object: KubeObject; readonly existing: KubeObject | undefined },
  { tools: { client }, signal }: Asking,
): Promise<Precondition | undefined> {
  const before = seen.statefulSets.find(({ metadata }) => metadata.name === object.metadata.name);
  if (before === undefined) return unseen(object, existing);
  const [live] = await Promise.all([
    readLive(client, StatefulSets, { object: before, signal }),
    movesPods(before, object) ? readLive(client, seen.resource, { object: seen.cluster, signal }) : undefined,
  ]);
  const { uid = '', resourceVersion = '' } = live.metadata;
  return { uid, resourceVersion };
}

/** Makes sure that the spec has not changed since it was seen. @throws KubeError `KUBE_CONFLICT` when it has. */
export async function asNewest({ resource, cluster }: Pick<Seen, 'resource' | 'cluster'>, asking: Asking): Promise<void> {
  await readLive(asking.tools.client, resource, { object: cluster, signal: asking.signal });
}

/** One that was not there when the plan was made: missing, made since then, or one whose labels somebody took away. */
function unseen({ metadata: { name, labels } }: KubeObject, existing: KubeObject | undefined): Precondition | undefined {
  if (existing === undefined) return undefined;
  const { uid = '', resourceVersion = '', labels: its } = existing.metadata;
  const isVisible = [LABELS.managedBy, LABELS.cluster, LABELS.kind].every((key) => its?.[key] === labels?.[key]);
  if (isVisible) throw behind(`StatefulSet "${name}" exists`);
  return { uid, resourceVersion };
}

/** The object as it is on the server, if it is still of the generation that was seen. */
async function readLive<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  { object, signal }: { readonly object: KubeObject; readonly signal: AbortSignal },
): Promise<T> {
  const what = `${object.kind} "${object.metadata.name}"`;
  try {
    const live = await client.get(resource, object.metadata, signal);
    const isSame = live.metadata.uid === object.metadata.uid && live.metadata.generation === object.metadata.generation;
    if (!isSame) throw behind(`${what} is newer`);
    return live;
  } catch (error) {
    if (isNotFound(error)) throw behind(`${what} is gone`);
    throw error;
  }
}

function behind(what: string): KubeError {
  return new KubeError('KUBE_CONFLICT', `the cache is behind: ${what}`, { retryable: true });
}

/** Whether the write decides what becomes of pods, up as well as down: raising the partition too gives a pod the old template. */
function movesPods(from: StatefulSet, to: StatefulSet): boolean {
  const sizeOf = ({ spec }: StatefulSet): unknown =>
    JSON.stringify([spec?.replicas, spec?.updateStrategy?.type, spec?.updateStrategy?.rollingUpdate?.partition]);
  const templateOf = ({ metadata }: StatefulSet): string | undefined => metadata.annotations?.[ANNOTATIONS.template];
  return sizeOf(from) !== sizeOf(to) || templateOf(from) !== templateOf(to);
}
