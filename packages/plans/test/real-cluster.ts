import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeClient } from '@navigator/kube';
import { type RealApiServer, startRealApiServer } from '@navigator/kube/testing';

const CACHE = process.env['NAVIGATOR_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'navigator');
const KUBERNETES = join(CACHE, 'bin', 'kubernetes-1.35.4');
const ETCD = join(CACHE, 'bin', 'etcd-3.6.5', 'etcd');

export const hasBinaries = existsSync(join(KUBERNETES, 'kube-controller-manager')) && existsSync(ETCD);

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
  const server = await startRealApiServer({ etcd: ETCD, kubeApiServer: join(KUBERNETES, 'kube-apiserver') });
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
  const manager = spawn(join(KUBERNETES, 'kube-controller-manager'), flags, { stdio: 'ignore' });
  const client = new KubeClient(await server.transport(), { fieldManager: 'kubectl' });
  return new RealCluster({ client, server, manager, directory });
}

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
