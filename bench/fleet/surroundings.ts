import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CustomResourceDefinitions, defineResource, KubeClient, type KubeObject } from '@navigator/kube';
import { type RealApiServer, startRealApiServer } from '@navigator/kube/testing';
import { parse } from 'yaml';
import { ensureBuild, programPath } from '../../e2e/cluster/binaries.ts';
import { silentProgress } from '../../e2e/cluster/progress.ts';
import { bundleController } from './bundle.ts';
import { retried } from './wait.ts';

const CRDS = join(import.meta.dirname, '../../deploy/crds');

/** A real kube-apiserver with etcd, our CRDs, and a folder for files of this run. */
export interface Surroundings extends AsyncDisposable {
  readonly server: RealApiServer;
  readonly client: KubeClient;
  readonly folder: string;
  /** For the world. */
  readonly kubeconfig: string;
  /** For the controller: laid out as the kubelet does it for a pod. */
  readonly serviceAccount: string;
  /** The controller's program. Made once, so that both lives of it are of the same sources. */
  readonly program: string;
}

/** Starts all of it on loopback. */
export async function openSurroundings(signal: AbortSignal): Promise<Surroundings> {
  await ensureBuild('kubernetes', silentProgress);
  await ensureBuild('etcd', silentProgress);
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'navigator-bench-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const server = stack.use(await startRealApiServer({ etcd: programPath('etcd'), kubeApiServer: programPath('kube-apiserver') }));
  const transport = await server.transport();
  stack.defer(() => transport.close());
  const client = new KubeClient(transport, { fieldManager: 'kubectl' });
  await installCrds(client, signal);
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigOf(server), { mode: 0o600 });
  const serviceAccount = await serviceAccountOf(server, folder);
  const program = await bundleController(folder);
  const kept = stack.move();
  return { server, client, folder, kubeconfig, serviceAccount, program, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function serviceAccountOf({ access }: RealApiServer, folder: string): Promise<string> {
  const directory = join(folder, 'serviceaccount');
  await mkdir(directory);
  await writeFile(join(directory, 'token'), access.token, { mode: 0o600 });
  await copyFile(access.caFile, join(directory, 'ca.crt'));
  return directory;
}

async function installCrds(client: KubeClient, signal: AbortSignal): Promise<void> {
  for (const file of await readdir(CRDS)) {
    const crd = parse(await readFile(join(CRDS, file), 'utf8'), { version: '1.1' }) as KubeObject & CrdNames;
    await client.create(CustomResourceDefinitions, crd, signal);
    const { group, names, versions } = crd.spec;
    const resource = defineResource({ group, version: versions[0]?.name ?? '', ...names });
    // Served a moment after it is established.
    await retried(`${names.plural} are served`, signal, () => client.list(resource, { namespace: 'default' }, signal));
  }
}

interface CrdNames {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string; readonly plural: string };
    readonly versions: readonly { readonly name: string }[];
  };
}

function kubeconfigOf({ access }: RealApiServer): string {
  const { host, port, token, caFile } = access;
  const cluster = { server: `https://${host}:${port}`, 'certificate-authority': caFile, 'tls-server-name': 'kubernetes' };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'bench', cluster }],
    users: [{ name: 'bench', user: { token } }],
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
    'current-context': 'bench',
  });
}
