// From whatever is there to a Ready node. Every step looks first and does only what is missing, so `up` can be run again
// after a crash of anything, of itself too.
import { Resolver } from 'node:dns/promises';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dnsIp, nodeName } from './addresses.ts';
import { buildNames, buildPath, ensureBuild, programPath } from './binaries.ts';
import { ensureApiServer, ensureControllers, ensureEtcd } from './control-plane.ts';
import { ensureDebianPackages } from './debian.ts';
import { recordedParts, stopAll } from './down.ts';
import { ensureArchive, ensureImage } from './images.ts';
import { databaseImages, systemImage, systemImages } from './image-table.ts';
import type { ImageDefinition } from './image-table.ts';
import { withLock } from './lock.ts';
import { ensureNetwork, hasNetwork } from './network.ts';
import { ensureContainerd, ensureNode } from './node.ts';
import { statePaths } from './paths.ts';
import type { StatePaths } from './paths.ts';
import { ensurePki } from './pki.ts';
import { ProcessTable } from './processes.ts';
import type { Progress } from './progress.ts';
import { run, succeeds } from './run.ts';
import { waitFor } from './wait.ts';

/** What `up` makes. */
export interface UpOptions {
  /** Without the databases' images: a cluster for tests of the API only. */
  readonly bare?: boolean;
}

/** Brings the local cluster up. Returns the kubeconfig's path. */
export async function up(progress: Progress, options: UpOptions = {}): Promise<string> {
  const state = statePaths();
  checkMachine(state);
  return withLock(`${state.dir}.lock`, async () => {
    await ensureDebianPackages(progress);
    const images = options.bare === true ? [] : databaseImages;
    await ensurePrograms(images, progress);
    await startAll(state, images, progress);
    return state.adminConf;
  });
}

function checkMachine(state: StatePaths): void {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw new Error('the local cluster needs Linux and root; name an existing one with KUBECONFIG or --context instead');
  }
  // A unix socket's path has at most 107 bytes.
  if (state.containerdSocket.length > 100) {
    throw new Error(`NAVIGATOR_CACHE is too long a path for a socket: ${state.containerdSocket}`);
  }
}

/** Builds what the cache lacks. Go fills both cores by itself; the images mostly wait for the network, so they go beside it. */
async function ensurePrograms(databases: readonly ImageDefinition[], progress: Progress): Promise<void> {
  const programs = async (): Promise<void> => {
    const missing = buildNames.some((name) => !existsSync(buildPath(name)));
    if (missing && !(await succeeds('go', ['version']))) {
      throw new Error('Go 1.25 or newer is needed on PATH: Kubernetes is built from its sources');
    }
    for (const name of buildNames) await ensureBuild(name, progress);
  };
  const images = async (): Promise<void> => {
    for (const image of databases) await ensureArchive(image, progress);
  };
  await Promise.all([programs(), images()]);
  for (const image of systemImages) await ensureArchive(image, progress);
}

async function startAll(state: StatePaths, databases: readonly ImageDefinition[], progress: Progress): Promise<void> {
  const processes = new ProcessTable(state);
  await mkdir(state.volumes, { recursive: true });
  if (!(await hasNetwork())) {
    // Whatever still runs does so in a namespace that nobody can enter any more.
    await stopAll(state, progress);
  }
  await progress.step('network namespace, certificates', async () => {
    await ensureNetwork(state);
    await ensurePki(state);
  });
  const part = async (name: string, start: () => Promise<boolean>): Promise<void> => {
    progress.say(`${name}: ${(await start()) ? 'started' : 'runs already'}`);
  };
  await part('containerd', () => ensureContainerd(state, processes));
  const imported = importImages(databases, progress);
  await part('etcd', () => ensureEtcd(state, processes));
  await part('API server', () => ensureApiServer(state, processes));
  await part('controller manager, scheduler', () => ensureControllers(state, processes));
  for (const image of systemImages) await ensureImage(image, progress);
  await applySystem(state);
  await part('kubelet, kube-proxy', () => ensureNode(state, processes));
  await part('resizer (stand-in)', () => ensureResizer(state, processes));
  await progress.step('node and system pods: waiting until Ready', () => waitUntilReady(state, processes));
  await imported;
}

/** Beside the start of the rest. A failure is kept until somebody waits for it. */
function importImages(images: readonly ImageDefinition[], progress: Progress): Promise<void> {
  const work = async (): Promise<void> => {
    for (const image of images) await ensureImage(image, progress);
  };
  const done = work();
  done.catch(() => undefined);
  return done;
}

async function ensureResizer(state: StatePaths, processes: ProcessTable): Promise<boolean> {
  const script = join(import.meta.dirname, 'resizer.ts');
  return processes.ensure('resizer', [process.execPath, script, programPath('kubectl'), state.adminConf]);
}

async function applySystem(state: StatePaths): Promise<void> {
  const template = await readFile(join(import.meta.dirname, 'system.yaml'), 'utf8');
  const manifest = template
    .replaceAll('${SYSTEM_IMAGE}', systemImage.name)
    .replaceAll('${VOLUMES}', state.volumes)
    .replaceAll('${DNS_IP}', dnsIp);
  const flags = ['--server-side', '--force-conflicts', '--field-manager=navigator-lab'];
  await kubectl(state, ['apply', ...flags, '-f', '-'], manifest);
}

async function waitUntilReady(state: StatePaths, processes: ProcessTable): Promise<void> {
  const look = (what: string, args: readonly string[], deadlineMs: number): Promise<boolean> =>
    waitFor(async () => (await kubectl(state, args), true), {
      what,
      deadlineMs,
      everyMs: 300,
      giveUp: () => deadPart(state, processes),
    });
  const wait = ['wait', '--timeout=2s'];
  await look('node Ready', [...wait, '--for=condition=Ready', `node/${nodeName}`], 120_000);
  // After a crash the API still tells of the pods of before, so the name service is asked itself, by its Service's address.
  await waitFor(async () => (await dnsAnswers(), true), {
    what: `DNS at ${dnsIp} answers`,
    deadlineMs: 120_000,
    everyMs: 300,
    giveUp: () => deadPart(state, processes),
  });
  for (const name of ['coredns', 'local-path']) {
    const flags = ['-n', 'kube-system', 'rollout', 'status', `deployment/${name}`, '--timeout=5s'];
    await look(`${name} available`, flags, 120_000);
  }
}

async function dnsAnswers(): Promise<void> {
  const resolver = new Resolver({ timeout: 1000, tries: 1 });
  resolver.setServers([dnsIp]);
  await resolver.resolve4('kubernetes.default.svc.cluster.local');
}

/** A part that ended right after its start, because of a bad configuration for instance. */
async function deadPart(state: StatePaths, processes: ProcessTable): Promise<string | undefined> {
  for (const name of await recordedParts(state)) {
    if ((await processes.running(name)) === undefined) return `${name} ended; see ${processes.logPath(name)}`;
  }
  return undefined;
}

async function kubectl(state: StatePaths, args: readonly string[], input = ''): Promise<string> {
  const all = ['--kubeconfig', state.adminConf, ...args];
  return (await run(programPath('kubectl'), all, { input, deadlineMs: 30_000 })).stdout;
}
