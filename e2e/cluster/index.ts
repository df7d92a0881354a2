// The lab's public face for the other e2e code. `openCluster` gives an existing cluster when KUBECONFIG or a context
// names one, and otherwise the local one-node cluster, which it brings up first when that is needed. What is local can be
// broken on purpose: stopApiServer, startApiServer, processesOfPod, killPid.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { programPath } from './binaries.ts';
import { statePaths } from './paths.ts';
import { silentProgress } from './progress.ts';
import type { Progress } from './progress.ts';
import { run } from './run.ts';
import type { RunOptions } from './run.ts';
import { up } from './up.ts';

export { startApiServer, stopApiServer } from './control-plane.ts';
export { ensureImages } from './images.ts';
export { ensureNavigatorImages, navigatorImageName } from './navigator-images.ts';
export { killPid, processesOfPod } from './pods.ts';
export type { PodProcess } from './pods.ts';
export { createProgress } from './progress.ts';
export type { Progress } from './progress.ts';
export { RunError } from './run.ts';

/** A cluster to test with. */
export interface TestCluster {
  readonly kubeconfigPath: string;
  readonly context?: string;
  /** Built by the lab on this machine: its API server and its pods' processes may be killed. */
  readonly local: boolean;
  /** Runs kubectl on this cluster and gives its standard output. Throws RunError. */
  kubectl(args: readonly string[], options?: RunOptions): Promise<string>;
  /** Path of helm, kubectl, etcd, kube-apiserver and so on; for a cluster that is not local the bare name, found on PATH. */
  bin(name: string): string;
}

/** Which cluster, and where to print. */
export interface OpenOptions {
  readonly context?: string;
  readonly progress?: Progress;
  /** Without the databases' images. */
  readonly bare?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

/** Opens the cluster that is named, or brings the local one up. */
export async function openCluster(options: OpenOptions = {}): Promise<TestCluster> {
  const named = namedCluster(options);
  if (named !== undefined) return handle({ ...named, local: false, bin: (name) => name });
  const kubeconfigPath = await up(options.progress ?? silentProgress, { bare: options.bare ?? false });
  return handle({ kubeconfigPath, local: true, bin: programPath });
}

function namedCluster(options: OpenOptions): { kubeconfigPath: string; context?: string } | undefined {
  const env = options.env ?? process.env;
  const fromEnv = env['KUBECONFIG'];
  // `env` prints this path for the user's shell: it still means the local cluster.
  const named = fromEnv !== undefined && fromEnv !== '' && fromEnv !== statePaths().adminConf;
  if (!named && options.context === undefined) return undefined;
  const kubeconfigPath = named ? fromEnv : join(env['HOME'] ?? homedir(), '.kube', 'config');
  if (!existsSync(kubeconfigPath)) throw new Error(`no kubeconfig at ${kubeconfigPath}`);
  return { kubeconfigPath, ...(options.context === undefined ? {} : { context: options.context }) };
}

function handle(cluster: Omit<TestCluster, 'kubectl'>): TestCluster {
  const flags = ['--kubeconfig', cluster.kubeconfigPath];
  if (cluster.context !== undefined) flags.push('--context', cluster.context);
  return {
    ...cluster,
    kubectl: async (args, runOptions) => (await run(cluster.bin('kubectl'), [...flags, ...args], runOptions)).stdout,
  };
}
