import type { Reason } from '@navigator/api-types';
import type { Pod } from '@navigator/kube';

/** Why a pod cannot run. */
export interface PodProblem {
  readonly reason: Reason;
  readonly message: string;
}

type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

/** The kubelet's words for a container that waits, and what they mean for us. Others (`ContainerCreating`) are no problem. */
const WAITING: Readonly<Record<string, Reason>> = {
  ErrImagePull: 'ImagePullFailed',
  ImagePullBackOff: 'ImagePullFailed',
  InvalidImageName: 'ImagePullFailed',
  ErrImageNeverPull: 'ImagePullFailed',
  CrashLoopBackOff: 'PodCrashLooping',
  CreateContainerConfigError: 'ProcessFailed',
  CreateContainerError: 'ProcessFailed',
  RunContainerError: 'ProcessFailed',
};

/** The scheduler's words, of older and newer Kubernetes, when no machine can have the volume that the pod has already. */
const OF_ITS_VOLUME = /volume node affinity conflict|PersistentVolume's node affinity|non-existent pv/;

/** Says what keeps a pod from running, naming pod and container; undefined while nothing does. */
export function podProblem(pod: Pod): PodProblem | undefined {
  if (pod.metadata.deletionTimestamp !== undefined) return undefined;
  const unscheduled = pod.status?.conditions?.find(
    (condition) => condition.type === 'PodScheduled' && condition.status === 'False' && condition.reason === 'Unschedulable',
  );
  const who = `Pod "${pod.metadata.name}"`;
  if (unscheduled) {
    const why = unscheduled.message ?? 'no reason given';
    const words = OF_ITS_VOLUME.test(why)
      ? '; when its volume is lost for good, replace the node (docs/tasks/replace-a-node.md)'
      : '';
    return { reason: 'PodNotScheduled', message: `${who} cannot be scheduled: ${why}${words}` };
  }
  for (const container of [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]) {
    const problem = containerProblem(who, container);
    if (problem) return problem;
  }
  return undefined;
}

function containerProblem(pod: string, container: ContainerStatus): PodProblem | undefined {
  const waiting = container.state?.waiting;
  const reason = WAITING[waiting?.reason ?? ''];
  if (!reason) return undefined;
  const where = `${pod}, container "${container.name}"`;
  if (reason === 'ImagePullFailed')
    return { reason, message: `${where}: image "${container.image}" cannot be pulled${because(waiting?.message)}` };
  if (reason === 'PodCrashLooping') {
    return {
      reason,
      message: `${where} ended ${container.restartCount} times${lastExit(container)}; the kubelet waits before it starts again`,
    };
  }
  return { reason, message: `${where} cannot be started${because(waiting?.message)}` };
}

function because(message: string | undefined): string {
  return message ? `: ${message}` : '';
}

function lastExit(container: ContainerStatus): string {
  const last = container.lastState?.terminated;
  if (!last) return '';
  const why = last.reason && last.reason !== 'Error' ? ` (${last.reason})` : '';
  return `, last with exit code ${last.exitCode}${why}`;
}
