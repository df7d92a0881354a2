import { existsSync } from 'node:fs';
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { removeCgroups } from './cgroups.ts';
import { removeLeftovers } from './leftovers.ts';
import { withLock } from './lock.ts';
import { removeNetwork } from './network.ts';
import { statePaths } from './paths.ts';
import type { StatePaths } from './paths.ts';
import { ProcessTable } from './processes.ts';
import type { Progress } from './progress.ts';
import { killContainers } from './pods.ts';
import { run, succeeds } from './run.ts';

/** Stops everything that `up` started. With `purge` the cluster's data go too; the cache of builds and images stays. */
export async function down(progress: Progress, options: { readonly purge: boolean }): Promise<void> {
  const state = statePaths();
  await withLock(`${state.dir}.lock`, async () => {
    await stopAll(state, progress);
    await removeCgroups();
    await removeNetwork();
    progress.say('network namespace: removed');
    if (!options.purge) return;
    await rm(state.dir, { recursive: true, force: true });
    progress.say(`${state.dir}: deleted`);
  });
}

/** Ends all processes of the cluster, pods' processes too, and undoes their mounts. */
export async function stopAll(state: StatePaths, progress: Progress): Promise<void> {
  const processes = new ProcessTable(state);
  // The kubelet first, so that it starts nothing again; then the pods, while containerd's records are still there.
  const order = ['kubelet', 'resizer', 'proxy', 'controller-manager', 'scheduler', 'apiserver', 'etcd', 'containerd'];
  for (const name of order) {
    if (name === 'containerd') {
      const killed = await killContainers(state);
      if (killed > 0) progress.say(`containers: ${killed} processes ended`);
    }
    // The API server would wait 10 s and more for its watchers; etcd keeps all that it has answered.
    const graceMs = name === 'apiserver' ? 1000 : 10_000;
    if (await processes.stop(name, graceMs)) progress.say(`${name}: stopped`);
  }
  await killContainers(state); // what containerd was just starting
  const mounts = await unmountAll(state);
  if (mounts > 0) progress.say(`mounts: ${mounts} undone`);
  await removeLeftovers(state);
  await rm(join(state.containerd, 'state'), { recursive: true, force: true });
}

/** Undoes every mount below the state folder, the deepest first. Returns how many there were. */
async function unmountAll(state: StatePaths): Promise<number> {
  const table = await readFile('/proc/self/mounts', 'utf8');
  const points = mountPointsBelow(table, state.dir);
  for (const point of points) {
    if (!(await succeeds('umount', [point]))) await run('umount', ['-l', point]);
  }
  return points.length;
}

/** Mount points below a folder, the deepest first. The table writes blanks as `\040`. */
export function mountPointsBelow(table: string, dir: string): string[] {
  return table
    .split('\n')
    .map((line) => (line.split(' ')[1] ?? '').replaceAll(String.raw`\040`, ' '))
    .filter((point) => point.startsWith(`${dir}/`))
    .toReversed();
}

/** Names of the parts with a record, running or not. */
export async function recordedParts(state: StatePaths): Promise<string[]> {
  if (!existsSync(state.pids)) return [];
  return (await readdir(state.pids)).filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -5));
}
