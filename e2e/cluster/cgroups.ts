// The pods' cgroups lie under a folder of the lab's own. A kubelet removes pods that it does not know from the cgroups
// below its root, so with the default root it would end the pods of any other kubelet on the machine.
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { labName } from './addresses.ts';

const mountPoint = '/sys/fs/cgroup';

/** The kubelet's `cgroupRoot`. */
export const cgroupRoot = `/${labName}`;

/** Makes the folder in every hierarchy: one for cgroup v2, one for each controller of v1. */
export async function ensureCgroupRoot(): Promise<void> {
  for (const hierarchy of await hierarchies()) {
    const folder = join(hierarchy, labName);
    await mkdir(folder, { recursive: true });
    // v1: a new cpuset holds no processor and no memory node, and takes no process until it does.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      if (!existsSync(join(hierarchy, 'cgroup.procs')) || !existsSync(join(folder, 'cpuset.cpu_exclusive'))) continue;
      const own = (await readFile(join(folder, file), 'utf8')).trim();
      if (own === '') await writeFile(join(folder, file), await readFile(join(hierarchy, file), 'utf8'));
    }
  }
}

/** Removes the folders that no process is in any more. */
export async function removeCgroups(): Promise<void> {
  for (const hierarchy of await hierarchies()) await removeEmpty(join(hierarchy, labName));
}

async function removeEmpty(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (entry.isDirectory()) await removeEmpty(join(folder, entry.name));
  }
  await rmdir(folder).catch(() => undefined);
}

async function hierarchies(): Promise<string[]> {
  if (existsSync(join(mountPoint, 'cgroup.controllers'))) return [mountPoint];
  const entries = await readdir(mountPoint, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(mountPoint, entry.name));
}
