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
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  // One that goes on running beside the others (a sidecar that somebody injects) may end and begin again at any time.
  const isInitialized = pod.status?.conditions?.some(({ type, status }) => type === 'Initialized' && status === 'True') === true;
  const inits = isInitialized ? [] : initContainerStatuses;
  const problems = [
    ...inits.map((container) => initProblem(who, container) ?? containerProblem(who, container)),
    ...containerStatuses.map((container) => containerProblem(who, container)),
  ];
  return problems.find((problem) => problem !== undefined);
}

/** The kubelet may show one that failed as ended for as long as it waits. A container that has a pilot is told of by that. */
function initProblem(pod: string, { name, state, restartCount }: ContainerStatus): PodProblem | undefined {
  const ended = state?.terminated;
  return ended === undefined || ended.exitCode === 0
    ? undefined
    : crashLoop(`${pod}, container "${name}"`, restartCount + 1, ended);
}

function containerProblem(pod: string, container: ContainerStatus): PodProblem | undefined {
  const waiting = container.state?.waiting;
  const reason = WAITING[waiting?.reason ?? ''];
  if (!reason) return undefined;
  const where = `${pod}, container "${container.name}"`;
  if (reason === 'ImagePullFailed')
    return { reason, message: `${where}: image "${container.image}" cannot be pulled${because(waiting?.message)}` };
  if (reason === 'PodCrashLooping') return crashLoop(where, container.restartCount + 1, container.lastState?.terminated);
  return { reason, message: `${where} cannot be started${because(waiting?.message)}` };
}

function because(message: string | undefined): string {
  return message ? `: ${message}` : '';
}

type Ended = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>;

function crashLoop(where: string, times: number, last: Ended | undefined): PodProblem {
  const why = last?.reason && last.reason !== 'Error' ? ` (${last.reason})` : '';
  const exit = last === undefined ? '' : `, last with exit code ${last.exitCode}${why}`;
  const often = times === 1 ? 'once' : `${times} times`;
  return { reason: 'PodCrashLooping', message: `${where} ended ${often}${exit}; the kubelet waits before it starts again` };
}
