// Where things lie. Nothing of the lab is written into the work tree.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { clusterIndex } from './addresses.ts';

/** The cache's root: `$NAVIGATOR_CACHE`, else `navigator` in the user's cache folder. */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  if (env['NAVIGATOR_CACHE']) return env['NAVIGATOR_CACHE'];
  const base = env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache');
  return join(base, 'navigator');
}

/** The running cluster's files: process records, logs, certificates, etcd's data, containerd's and the kubelet's folders. */
export interface StatePaths {
  readonly dir: string;
  readonly pids: string;
  readonly logs: string;
  readonly pki: string;
  readonly etcd: string;
  readonly containerd: string;
  readonly containerdSocket: string;
  readonly kubelet: string;
  readonly volumes: string;
  readonly cni: string;
  readonly adminConf: string;
}

/** Paths of the local cluster. */
export function statePaths(root: string = cacheRoot(), index: number = clusterIndex()): StatePaths {
  const dir = join(root, index === 0 ? 'cluster' : `cluster-${index}`);
  return {
    dir,
    pids: join(dir, 'pid'),
    logs: join(dir, 'log'),
    pki: join(dir, 'pki'),
    etcd: join(dir, 'etcd'),
    containerd: join(dir, 'containerd'),
    containerdSocket: join(dir, 'c.sock'),
    kubelet: join(dir, 'kubelet'),
    volumes: join(dir, 'volumes'),
    cni: join(dir, 'cni'),
    adminConf: join(dir, 'admin.conf'),
  };
}
