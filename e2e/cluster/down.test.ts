import { expect, test } from 'vitest';
import { mountPointsBelow } from './down.ts';

test('mounts below the state folder, the deepest first', () => {
  const table = [
    'tmpfs /state/kubelet/pods/a/volumes tmpfs rw 0 0',
    String.raw`overlay /state/containerd/with\040blank overlay rw 0 0`,
    'overlay /state-of-somebody-else overlay rw 0 0',
    'tmpfs /state/kubelet/pods/a/volumes/inner tmpfs rw 0 0',
    '',
  ].join('\n');
  expect(mountPointsBelow(table, '/state')).toEqual([
    '/state/kubelet/pods/a/volumes/inner',
    '/state/containerd/with blank',
    '/state/kubelet/pods/a/volumes',
  ]);
});
