import { join } from 'node:path';
import { inNamespace, nodeIp, podCidr, serviceCidr } from './addresses.ts';
import { programPath } from './binaries.ts';
import { statePaths } from './paths.ts';
import type { StatePaths } from './paths.ts';
import { kubeconfigPath } from './pki.ts';
import { ProcessTable } from './processes.ts';
import { run } from './run.ts';
import { waitFor } from './wait.ts';

/** Starts etcd unless it runs. Its data outlives `down`; only `down --purge` removes them. */
export async function ensureEtcd(state: StatePaths, processes: ProcessTable): Promise<boolean> {
  return processes.ensure(
    'etcd',
    inNamespace([
      programPath('etcd'),
      `--data-dir=${state.etcd}`,
      // Kill-safe (the page cache outlives the process), not safe against a power cut: enough for tests, much faster.
      '--unsafe-no-fsync',
      '--listen-client-urls=http://127.0.0.1:2379',
      '--advertise-client-urls=http://127.0.0.1:2379',
      '--listen-peer-urls=http://127.0.0.1:2380',
      '--quota-backend-bytes=8000000000',
      '--log-level=warn',
    ]),
  );
}

/** Starts the API server unless it runs, and waits until it is ready. */
export async function ensureApiServer(state: StatePaths, processes: ProcessTable): Promise<boolean> {
  const started = await processes.ensure('apiserver', inNamespace(apiServerArgv(state)));
  await waitForApiServer(state, processes);
  return started;
}

/** Starts the controller manager and the scheduler unless they run. */
export async function ensureControllers(state: StatePaths, processes: ProcessTable): Promise<boolean> {
  const pki = (file: string): string => join(state.pki, file);
  const managerStarted = await processes.ensure(
    'controller-manager',
    inNamespace([
      programPath('kube-controller-manager'),
      `--kubeconfig=${kubeconfigPath(state, 'controller-manager')}`,
      `--service-account-private-key-file=${pki('sa.key')}`,
      `--root-ca-file=${pki('ca.crt')}`,
      `--cluster-signing-cert-file=${pki('ca.crt')}`,
      `--cluster-signing-key-file=${pki('ca.key')}`,
      '--use-service-account-credentials',
      '--allocate-node-cidrs',
      `--cluster-cidr=${podCidr}`,
      '--node-cidr-mask-size=24',
      '--leader-elect=false',
      '--kube-api-qps=200',
      '--kube-api-burst=400',
    ]),
  );
  const schedulerStarted = await processes.ensure(
    'scheduler',
    inNamespace([programPath('kube-scheduler'), `--kubeconfig=${kubeconfigPath(state, 'scheduler')}`, '--leader-elect=false']),
  );
  return managerStarted || schedulerStarted;
}

/** For fault tests: ends the API server (SIGKILL, so that no connection is closed politely). */
export async function stopApiServer(state: StatePaths = statePaths()): Promise<void> {
  await new ProcessTable(state).stop('apiserver', 0);
}

/** For fault tests: starts the API server again and waits until it is ready. */
export async function startApiServer(state: StatePaths = statePaths()): Promise<void> {
  await ensureApiServer(state, new ProcessTable(state));
}

function apiServerArgv(state: StatePaths): string[] {
  const pki = (file: string): string => join(state.pki, file);
  return [
    programPath('kube-apiserver'),
    '--etcd-servers=http://127.0.0.1:2379',
    '--bind-address=0.0.0.0',
    `--advertise-address=${nodeIp}`,
    '--secure-port=6443',
    `--service-cluster-ip-range=${serviceCidr}`,
    '--allow-privileged',
    `--client-ca-file=${pki('ca.crt')}`,
    `--tls-cert-file=${pki('apiserver.crt')}`,
    `--tls-private-key-file=${pki('apiserver.key')}`,
    `--service-account-key-file=${pki('sa.key')}`,
    `--service-account-signing-key-file=${pki('sa.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    '--authorization-mode=Node,RBAC',
    `--kubelet-client-certificate=${pki('admin.crt')}`,
    `--kubelet-client-key=${pki('admin.key')}`,
    // PodSecurity and ValidatingAdmissionPolicy are on by default.
    '--enable-admission-plugins=NodeRestriction',
    '--max-requests-inflight=800',
    '--max-mutating-requests-inflight=400',
    // Or logs and exec try to resolve the node's name.
    '--kubelet-preferred-address-types=InternalIP',
  ];
}

async function waitForApiServer(state: StatePaths, processes: ProcessTable): Promise<void> {
  const kubectl = [programPath('kubectl'), '--kubeconfig', state.adminConf] as const;
  await waitFor(
    async () => {
      await run(kubectl[0], [...kubectl.slice(1), 'get', '--raw', '/readyz'], { deadlineMs: 5000 });
      return true;
    },
    {
      what: 'API server ready',
      deadlineMs: 90_000,
      giveUp: async () => {
        if ((await processes.running('apiserver')) !== undefined) return undefined;
        return `it ended; see ${processes.logPath('apiserver')}`;
      },
    },
  );
}
