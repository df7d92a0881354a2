// Files that containerd, runc, CNI and the kubelet keep outside the state folder, at paths that cannot be configured. After
// a killed container nobody removes them; all are found by the container's id or by where they point.
import { readFile, readdir, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { StatePaths } from './paths.ts';

/** Removes them. Call when no container runs any more and containerd's state is still there. */
export async function removeLeftovers(state: StatePaths): Promise<void> {
  const tasks = join(state.containerd, 'state', 'io.containerd.runtime.v2.task', 'k8s.io');
  const ids = new Set(await list(tasks));
  for (const id of ids) {
    await remove(join('/run/containerd/runc/k8s.io', id));
    const address = await readFile(join(tasks, id, 'address'), 'utf8').catch(() => '');
    if (address.startsWith('unix:///run/containerd/s/')) await remove(address.slice('unix://'.length));
  }
  // NETWORK-CONTAINER-DEVICE
  for (const name of await list('/var/lib/cni/results')) {
    const id = /-([0-9a-f]{64})-/.exec(name)?.[1];
    if (id !== undefined && ids.has(id)) await remove(join('/var/lib/cni/results', name));
  }
  for (const name of await list('/var/log/containers')) {
    const link = join('/var/log/containers', name);
    const target = await readlink(link).catch(() => '');
    if (target.startsWith(`${state.dir}/`)) await remove(link);
  }
}

async function list(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}
