import type { Pod } from '@navigator/kube';
import { expect, test } from 'vitest';
import { podProblem } from './pod-problem.ts';
import { podObject } from './testing/kube-objects.ts';

type Status = NonNullable<Pod['status']>;
type Container = NonNullable<Status['containerStatuses']>[number];

function waiting(reason: string, more: Partial<Container> = {}, message?: string): Container {
  const state = { waiting: { reason, ...(message === undefined ? {} : { message }) } };
  return { name: 'database', image: 'elasticsearch:9', imageID: '', ready: false, restartCount: 0, state, ...more };
}

const unschedulable = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes are available' };
const oom = { lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } }, restartCount: 4 };

test.each<[string, Status, string, string]>([
  [
    'a volume that no machine can have',
    { conditions: [{ ...unschedulable, message: '0/3 nodes are available: 1 node(s) had volume node affinity conflict' }] },
    'PodNotScheduled',
    'Pod "es-demo-mixed-0" cannot be scheduled: 0/3 nodes are available: 1 node(s) had volume node affinity conflict; when its volume is lost for good, replace the node (docs/tasks/replace-a-node.md)',
  ],
  [
    'no node',
    { conditions: [unschedulable] },
    'PodNotScheduled',
    'Pod "es-demo-mixed-0" cannot be scheduled: 0/1 nodes are available',
  ],
  [
    'no image',
    { containerStatuses: [waiting('ImagePullBackOff', {}, 'Back-off pulling image')] },
    'ImagePullFailed',
    'Pod "es-demo-mixed-0", container "database": image "elasticsearch:9" cannot be pulled: Back-off pulling image',
  ],
  [
    'no image of an init container',
    {
      initContainerStatuses: [waiting('ErrImagePull', { name: 'pilot', image: 'pilot:1' })],
      containerStatuses: [waiting('PodInitializing')],
    },
    'ImagePullFailed',
    'Pod "es-demo-mixed-0", container "pilot": image "pilot:1" cannot be pulled',
  ],
  [
    'a crash loop',
    { containerStatuses: [waiting('CrashLoopBackOff', oom)] },
    'PodCrashLooping',
    'Pod "es-demo-mixed-0", container "database" ended 5 times, last with exit code 137 (OOMKilled); the kubelet waits before it starts again',
  ],
  [
    'an init container that failed and has not begun again',
    {
      initContainerStatuses: [
        { ...waiting(''), name: 'install-pilot', state: { terminated: { exitCode: 0 } } },
        { ...waiting(''), name: 'install-plugins', state: { terminated: { exitCode: 70, reason: 'Error' } } },
      ],
      containerStatuses: [waiting('PodInitializing')],
    },
    'PodCrashLooping',
    'Pod "es-demo-mixed-0", container "install-plugins" ended once, last with exit code 70; the kubelet waits before it starts again',
  ],
  [
    'a container that cannot be made',
    { containerStatuses: [waiting('CreateContainerConfigError', {}, 'secret "x" not found')] },
    'ProcessFailed',
    'Pod "es-demo-mixed-0", container "database" cannot be started: secret "x" not found',
  ],
])('%s is a problem', (_name, status, reason, message) => {
  expect(podProblem(podObject('es-demo-mixed-0', { status }))).toEqual({ reason, message });
});

test.each<[string, Status]>([
  ['a new pod', {}],
  [
    'a pod on its way',
    { conditions: [{ type: 'PodScheduled', status: 'True' }], containerStatuses: [waiting('ContainerCreating')] },
  ],
  ['a scheduling gate', { conditions: [{ ...unschedulable, reason: 'SchedulingGated' }] }],
  [
    'a container that has just ended, of which its pilot tells',
    { containerStatuses: [{ ...waiting(''), state: { terminated: { exitCode: 1 } } }] },
  ],
  [
    'an init container that ended once the pod was initialized',
    {
      conditions: [{ type: 'Initialized', status: 'True' }],
      initContainerStatuses: [{ ...waiting(''), state: { terminated: { exitCode: 1 } } }],
    },
  ],
  ['a running container', { containerStatuses: [{ ...waiting(''), state: { running: {} } }] }],
])('%s is none', (_name, status) => {
  expect(podProblem(podObject('es-demo-mixed-0', { status }))).toBeUndefined();
});

test('a pod that is being deleted has no problem any more', () => {
  const metadata = { deletionTimestamp: '2026-03-01T12:00:00Z' };
  expect(podProblem(podObject('es-demo-mixed-0', { metadata, status: { conditions: [unschedulable] } }))).toBeUndefined();
});
