import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dnsIp, inNamespace, nodeIp, nodeName, podCidr } from './addresses.ts';
import { programPath } from './binaries.ts';
import { hashOf } from './cache.ts';
import { cgroupRoot, ensureCgroupRoot } from './cgroups.ts';
import type { StatePaths } from './paths.ts';
import { kubeconfigPath } from './pki.ts';
import { bootId } from './processes.ts';
import type { ProcessTable } from './processes.ts';
import { succeeds } from './run.ts';
import { waitFor } from './wait.ts';

/** The image of a pod's first process. Built by the lab. */
export const pauseImage = 'localhost/pause:1';

/** Starts containerd unless it runs, and waits until it answers. */
export async function ensureContainerd(state: StatePaths, processes: ProcessTable): Promise<boolean> {
  await mkdir(state.containerd, { recursive: true });
  await forgetOldBoot(state);
  const config = await writeConfig(state, 'containerd', 'toml', containerdConfig(state));
  const started = await processes.ensure('containerd', inNamespace(['containerd', '--config', config]));
  await waitFor(async () => succeeds('ctr', ['-a', state.containerdSocket, 'version']), {
    what: 'containerd answers',
    deadlineMs: 60_000,
  });
  return started;
}

/** Starts the kubelet and kube-proxy unless they run. */
export async function ensureNode(state: StatePaths, processes: ProcessTable): Promise<boolean> {
  await writeFile(join(state.dir, 'resolv.conf'), '');
  await ensureCgroupRoot();
  const config = await writeConfig(state, 'kubelet', 'json', JSON.stringify(kubeletConfig(state)));
  const kubeletStarted = await processes.ensure(
    'kubelet',
    inNamespace([
      programPath('kubelet'),
      `--kubeconfig=${kubeconfigPath(state, 'kubelet')}`,
      `--config=${config}`,
      `--hostname-override=${nodeName}`,
      `--root-dir=${state.kubelet}`,
      `--node-ip=${nodeIp}`,
      `--cert-dir=${join(state.dir, 'kubelet-pki')}`,
      '--node-labels=topology.kubernetes.io/zone=zone-a,topology.kubernetes.io/region=region-a',
    ]),
  );
  const proxyStarted = await processes.ensure(
    'proxy',
    inNamespace([
      programPath('kube-proxy'),
      `--kubeconfig=${kubeconfigPath(state, 'proxy')}`,
      `--hostname-override=${nodeName}`,
      `--cluster-cidr=${podCidr}`,
      '--proxy-mode=iptables',
      // Leaves the host's conntrack table as it is.
      '--conntrack-max-per-core=0',
    ]),
  );
  return kubeletStarted || proxyStarted;
}

/** The file's name changes with its text, so a changed configuration is a changed command and restarts the program. */
async function writeConfig(state: StatePaths, name: string, extension: string, text: string): Promise<string> {
  const path = join(state.dir, `${name}-${hashOf([text])}.${extension}`);
  await writeFile(path, text);
  return path;
}

/** After a reboot containerd's run-time state speaks of processes and mounts that are no more. */
async function forgetOldBoot(state: StatePaths): Promise<void> {
  const path = join(state.dir, 'boot-id');
  const now = bootId();
  const before = existsSync(path) ? await readFile(path, 'utf8') : now;
  if (before !== now) await rm(join(state.containerd, 'state'), { recursive: true, force: true });
  await writeFile(path, now);
}

function containerdConfig(state: StatePaths): string {
  return `version = 2
root = "${join(state.containerd, 'root')}"
state = "${join(state.containerd, 'state')}"

[grpc]
  address = "${state.containerdSocket}"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  # Without CAP_SYS_RESOURCE a negative score is refused and runc ends with "can't get final child's PID from pipe: EOF".
  restrict_oom_score_adj = true
  # Pods' network namespaces are mounted here and not in /run/netns.
  netns_mounts_under_state_dir = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${join(state.cni, 'net.d')}"
`;
}

function kubeletConfig(state: StatePaths): object {
  const pki = (file: string): string => join(state.pki, file);
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    failCgroupV1: false, // 1.35 refuses cgroup v1 by default
    cgroupDriver: 'cgroupfs',
    cgroupRoot,
    containerRuntimeEndpoint: `unix://${state.containerdSocket}`,
    clusterDNS: [dnsIp],
    clusterDomain: 'cluster.local',
    authentication: {
      x509: { clientCAFile: pki('ca.crt') },
      anonymous: { enabled: false },
      webhook: { enabled: true },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: pki('kubelet.crt'),
    tlsPrivateKeyFile: pki('kubelet.key'),
    failSwapOn: false,
    evictionHard: { 'memory.available': '200Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    imageGCHighThresholdPercent: 100, // never deletes an image: they cannot be pulled again
    resolvConf: join(state.dir, 'resolv.conf'),
    podLogsDir: join(state.dir, 'pod-logs'),
    volumePluginDir: join(state.dir, 'volume-plugins'),
    oomScoreAdj: 0,
    maxPods: 110,
  };
}
