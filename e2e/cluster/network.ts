import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hostDevice, hostIp, inNamespace, labName, nodeDevice, nodeIp, podCidr, serviceCidr } from './addresses.ts';
import { run, succeeds } from './run.ts';
import type { StatePaths } from './paths.ts';

/** Whether the namespace exists and can be entered (a crash can leave its file without the mount). */
export async function hasNetwork(): Promise<boolean> {
  return succeeds('nsenter', [`--net=/run/netns/${labName}`, 'true']);
}

/** Makes what is missing of the namespace, the veth pair, addresses, routes and the CNI configuration. */
export async function ensureNetwork(state: StatePaths): Promise<void> {
  if (!(await hasNetwork())) {
    await removeNetwork();
    await run('ip', ['netns', 'add', labName]);
    // Leases of pods that lived in the old namespace.
    await rm(state.cni, { recursive: true, force: true });
  }
  const inside = ['-n', labName];
  const paired = await succeeds('ip', [...inside, 'link', 'show', nodeDevice]);
  if (!paired || !(await succeeds('ip', ['link', 'show', hostDevice]))) {
    await succeeds('ip', ['link', 'del', hostDevice]);
    const peer = ['peer', 'name', nodeDevice, 'netns', labName];
    await run('ip', ['link', 'add', hostDevice, 'type', 'veth', ...peer]);
  }
  await run('ip', ['addr', 'replace', `${hostIp}/30`, 'dev', hostDevice]);
  await run('ip', ['link', 'set', hostDevice, 'up']);
  await run('ip', [...inside, 'addr', 'replace', `${nodeIp}/30`, 'dev', nodeDevice]);
  await run('ip', [...inside, 'link', 'set', nodeDevice, 'up']);
  await run('ip', [...inside, 'link', 'set', 'lo', 'up']);
  await run('ip', [...inside, 'route', 'replace', 'default', 'via', hostIp]);
  // They go away with the device.
  for (const range of [podCidr, serviceCidr]) {
    await run('ip', ['route', 'replace', range, 'via', nodeIp, 'dev', hostDevice]);
  }
  const [command, ...args] = inNamespace(['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
  await run(command, args);
  await writeCniConfig(state);
}

/** Removes the namespace and the veth pair. No error when they are not there. */
export async function removeNetwork(): Promise<void> {
  await succeeds('ip', ['link', 'del', hostDevice]);
  await succeeds('ip', ['netns', 'del', labName]);
  await rm(`/run/netns/${labName}`, { force: true }).catch(() => undefined);
}

async function writeCniConfig(state: StatePaths): Promise<void> {
  const dir = join(state.cni, 'net.d');
  await mkdir(dir, { recursive: true });
  const bridge = {
    type: 'bridge',
    bridge: 'cni0',
    isGateway: true,
    ipMasq: true,
    hairpinMode: true,
    ipam: {
      type: 'host-local',
      dataDir: join(state.cni, 'leases'),
      ranges: [[{ subnet: podCidr }]],
      routes: [{ dst: '0.0.0.0/0' }],
    },
  };
  const portmap = { type: 'portmap', capabilities: { portMappings: true } };
  const config = { cniVersion: '0.4.0', name: 'navigator', plugins: [bridge, portmap] };
  await writeFile(join(dir, '10-navigator.conflist'), JSON.stringify(config, undefined, 2));
}
