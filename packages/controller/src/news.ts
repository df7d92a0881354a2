import { type KubeObject, type Pod, sameJson, type StatefulSet } from '@navigator/kube';
import { readPod, readStatefulSet } from './observe.ts';
import { strangerOf } from './reclaim.ts';

/**
 * Whether a change of a child may alter a decision, or is something that shall not be. Most events say neither: a kubelet and the
 * controllers of Kubernetes write many statuses of which nothing is decided. `statusOf` gives what is read of the status.
 */
export function isNewsOf<T extends KubeObject>(statusOf: (object: T) => unknown): (old: T, object: T) => boolean {
  return (old, object) =>
    !sameJson(withoutStatus(old), withoutStatus(object)) ||
    strangerOf(old) !== strangerOf(object) ||
    !sameJson(statusOf(old), statusOf(object));
}

/** The object as it shall be, so to speak: without its status, and without the version that each write counts up. */
export function withoutStatus({ status: _status, metadata, ...rest }: KubeObject): object {
  const { resourceVersion: _version, ...kept } = metadata;
  return { ...rest, metadata: kept };
}

/** Of a kind of which nothing is decided. */
export function noStatus(): undefined {
  return undefined;
}

/** As observe.ts reads it. The version is named where the pod is deleted, but changes no decision. */
export function statusOfPod(pod: Pod): unknown {
  return { ...readPod(pod), resourceVersion: '' };
}

export function statusOfStatefulSet(set: StatefulSet): unknown {
  const { observed, currentRevision, updateRevision } = readStatefulSet(set);
  return [observed, currentRevision, updateRevision];
}
