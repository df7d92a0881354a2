import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fixedCredentials } from '../credentials.ts';
import { HttpTransport } from '../http-transport.ts';
import { freePort } from './free-port.ts';

/** Options of {@link startRealApiServer}: where the programs are, and flags beyond ours. */
export interface RealApiServerOptions {
  readonly etcd: string;
  readonly kubeApiServer: string;
  readonly kubectl?: string;
  readonly flags?: readonly string[];
}

const START_DEADLINE_MS = 60_000;

/** A real kube-apiserver with etcd on loopback, without nodes or controllers. The API server alone can be stopped and started. */
export class RealApiServer implements AsyncDisposable {
  readonly port: number;
  readonly #options: RealApiServerOptions;
  readonly #directory: string;
  readonly #etcdPort: number;
  readonly #token: string;
  readonly #etcd: ChildProcess;
  #server: ChildProcess | undefined;
  /** The last that both printed. */
  #said = '';

  constructor(
    options: RealApiServerOptions,
    place: { directory: string; ports: readonly [number, number, number]; token: string },
  ) {
    const [etcdPort, peerPort, port] = place.ports;
    this.#options = options;
    this.#directory = place.directory;
    this.#etcdPort = etcdPort;
    this.#token = place.token;
    this.port = port;
    const [client, peer] = [`http://127.0.0.1:${etcdPort}`, `http://127.0.0.1:${peerPort}`];
    const urls = ['--listen-client-urls', client, '--advertise-client-urls', client, '--listen-peer-urls', peer];
    const cluster = ['--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`];
    const data = ['--data-dir', join(place.directory, 'etcd'), '--unsafe-no-fsync', '--log-level', 'error'];
    this.#etcd = this.#spawn(options.etcd, [...data, ...urls, ...cluster]);
  }

  /** How to reach it as the administrator. */
  get access(): { readonly host: string; readonly port: number; readonly token: string; readonly caFile: string } {
    return { host: '127.0.0.1', port: this.port, token: this.#token, caFile: join(this.#directory, 'certs', 'apiserver.crt') };
  }

  /** A connection as the administrator. */
  async transport(): Promise<HttpTransport> {
    const ca = await readFile(this.access.caFile);
    const credentials = fixedCredentials({
      headers: { authorization: `Bearer ${this.#token}` },
      tls: { ca, servername: 'kubernetes' },
    });
    return new HttpTransport({ server: `https://127.0.0.1:${this.port}`, credentials });
  }

  /** Starts the API server and waits until it is ready. */
  async start(): Promise<void> {
    const key = join(this.#directory, 'sa.key');
    const flags = [
      `--etcd-servers=http://127.0.0.1:${this.#etcdPort}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${this.port}`,
      `--cert-dir=${join(this.#directory, 'certs')}`,
      `--token-auth-file=${join(this.#directory, 'tokens.csv')}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${key}`,
      `--service-account-signing-key-file=${key}`,
      '--service-cluster-ip-range=10.0.0.0/16',
      '--authorization-mode=RBAC',
      // No controller makes the default ServiceAccount of a namespace here.
      '--disable-admission-plugins=ServiceAccount',
      ...(this.#options.flags ?? []),
    ];
    this.#server = this.#spawn(this.#options.kubeApiServer, flags);
    const deadline = performance.now() + START_DEADLINE_MS;
    while (!(await this.#isReady())) {
      if (performance.now() > deadline) throw new Error('kube-apiserver was not ready in time');
      if (this.#server.exitCode !== null || this.#etcd.exitCode !== null)
        throw new Error(`ended while starting: ${this.#said.slice(-2000)}`);
      await pause(100);
    }
  }

  /** Kills the API server; etcd keeps its data. */
  async kill(): Promise<void> {
    await end(this.#server);
  }

  /** Runs kubectl as the administrator and returns what it prints. Throws when it fails. */
  async kubectl(...args: string[]): Promise<string> {
    const flags = [`--server=https://127.0.0.1:${this.port}`, '--insecure-skip-tls-verify', `--token=${this.#token}`];
    const child = spawn(this.#options.kubectl ?? 'kubectl', [...flags, ...args], {
      timeout: 20_000,
      env: { HOME: this.#directory },
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${output}`);
    return output;
  }

  /** The API server's process, for those who measure it. */
  get pid(): number | undefined {
    return this.#server?.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await end(this.#server);
    await end(this.#etcd);
    await rm(this.#directory, { recursive: true, force: true });
  }

  #spawn(program: string, args: readonly string[]): ChildProcess {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.on('data', (chunk: Buffer) => (this.#said = (this.#said + chunk.toString()).slice(-20_000)));
    return child;
  }

  async #isReady(): Promise<boolean> {
    try {
      const transport = await this.transport();
      const signal = AbortSignal.timeout(2000);
      const { status } = await transport.request({ method: 'GET', path: '/readyz', signal, deadlineMs: 2000 });
      await transport.close();
      return status === 200;
    } catch {
      return false;
    }
  }
}

/** A free port may be taken by another test before we use it. */
const STARTS = 3;

/** Starts both in a folder of their own. Dispose of it to end them and remove the folder. */
export async function startRealApiServer(options: RealApiServerOptions): Promise<RealApiServer> {
  for (let start = 1; ; start += 1) {
    try {
      return await startOnce(options);
    } catch (error) {
      if (start === STARTS) throw error;
    }
  }
}

async function startOnce(options: RealApiServerOptions): Promise<RealApiServer> {
  const directory = await mkdtemp(join(tmpdir(), 'navigator-apiserver-'));
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const token = randomUUID();
  await writeFile(join(directory, 'sa.key'), privateKey, { mode: 0o600 });
  await writeFile(join(directory, 'tokens.csv'), `${token},admin,admin,"system:masters"\n`, { mode: 0o600 });
  const ports = [await freePort(), await freePort(), await freePort()] as const;
  const server = new RealApiServer(options, { directory, ports, token });
  try {
    await server.start();
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  // Nothing is kept, so nothing needs to end in order: an orderly stop of the API server takes seconds.
  child.kill('SIGKILL');
  await ended;
}
