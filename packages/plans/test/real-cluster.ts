import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeClient, type Transport } from '@navigator/kube';
import { freePort, type RealApiServer, startRealApiServer } from '@navigator/kube/testing';
import { ensureBuild, programPath } from '../../../e2e/cluster/binaries.ts';
import { silentProgress } from '../../../e2e/cluster/progress.ts';

/** A real API server with the real StatefulSet controller and garbage collector; no nodes: pods' states are what tests write. */
export class RealCluster implements AsyncDisposable {
  readonly client: KubeClient;
  readonly #server: RealApiServer;
  readonly #manager: ChildProcess;
  readonly #directory: string;

  constructor(parts: { client: KubeClient; server: RealApiServer; manager: ChildProcess; directory: string }) {
    this.client = parts.client;
    this.#server = parts.server;
    this.#manager = parts.manager;
    this.#directory = parts.directory;
  }

  /** One more connection as the administrator, for a controller of its own. */
  async connect(): Promise<Transport> {
    return await this.#server.transport();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#manager.exitCode === null) {
      const ended = once(this.#manager, 'exit');
      this.#manager.kill('SIGKILL');
      await ended;
    }
    await this.client.transport.close();
    await this.#server[Symbol.asyncDispose]();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

export async function startRealCluster(): Promise<RealCluster> {
  await ensureBuild('kubernetes', silentProgress);
  await ensureBuild('etcd', silentProgress);
  const server = await startRealApiServer({ etcd: programPath('etcd'), kubeApiServer: programPath('kube-apiserver') });
  const directory = await mkdtemp(join(tmpdir(), 'navigator-plans-'));
  const { host, port, token, caFile } = server.access;
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'c',
        cluster: { server: `https://${host}:${port}`, 'certificate-authority': caFile, 'tls-server-name': 'kubernetes' },
      },
    ],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  const kubeconfig = join(directory, 'kubeconfig');
  await writeFile(kubeconfig, JSON.stringify(config), { mode: 0o600 });
  const flags = [
    `--kubeconfig=${kubeconfig}`,
    '--controllers=statefulset-controller,garbage-collector-controller',
    '--leader-elect=false',
    '--bind-address=127.0.0.1',
    `--secure-port=${await freePort()}`,
    `--cert-dir=${join(directory, 'certs')}`,
  ];
  const manager = spawn(programPath('kube-controller-manager'), flags, { stdio: 'ignore' });
  const client = new KubeClient(await server.transport(), { fieldManager: 'kubectl' });
  return new RealCluster({ client, server, manager, directory });
}
