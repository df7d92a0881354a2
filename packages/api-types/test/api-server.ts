// A real kube-apiserver with etcd on loopback, without nodes or controllers: what admission, schemas, CEL and RBAC need.
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuild, programPath } from '../../../e2e/cluster/binaries.ts';
import { silentProgress } from '../../../e2e/cluster/progress.ts';

/** One call; `body` is sent as JSON. */
export interface ApiCall {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  /** Default: the administrator's. */
  readonly token?: string;
}

/** Any answer; a body that is no JSON stays text. */
export interface ApiAnswer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every kind
  readonly body: any;
}

/** What an API server is started with. */
export interface ApiServerOptions {
  /** Further administrators, each with a token of its own, so that the audit log tells who wrote what. */
  readonly users?: readonly string[];
}

/** A running API server. */
export interface ApiServer extends AsyncDisposable {
  readonly address: Address;
  /** Tokens of the further administrators, by name. */
  readonly tokens: ReadonlyMap<string, string>;
  /** Every write that was answered, one JSON object a line; those of StatefulSets with their answer. */
  readonly auditLog: string;
  call(call: ApiCall): Promise<ApiAnswer>;
  /** Like `call`, but throws unless the server says yes. Returns the body. */
  ok(call: ApiCall): Promise<ApiAnswer['body']>;
  /** Runs kubectl as the administrator. */
  kubectl(args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }>;
}

const START_DEADLINE_MS = 60_000;
const CALL_DEADLINE_MS = 20_000;
const AUDIT_LOG = 'audit.log';
const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted'],
  rules: [
    { level: 'None', verbs: ['get', 'list', 'watch'] },
    { level: 'RequestResponse', resources: [{ group: 'apps', resources: ['statefulsets'] }] },
    { level: 'Metadata' },
  ],
};

/** Starts etcd and kube-apiserver in a folder of their own. Ends both and removes the folder when disposed of. */
export async function startApiServer({ users = [] }: ApiServerOptions = {}): Promise<ApiServer> {
  await ensureBuild('kubernetes', silentProgress);
  await ensureBuild('etcd', silentProgress);
  const dir = await mkdtemp(join(tmpdir(), 'navigator-apiserver-'));
  const [clientPort, peerPort, port] = [await freePort(), await freePort(), await freePort()];
  const token = randomUUID();
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  await writeFile(join(dir, 'sa.key'), privateKey, { mode: 0o600 });
  const tokens = new Map(users.map((user) => [user, randomUUID()]));
  const lines = [['admin', token] as const, ...tokens].map(([user, secret]) => `${secret},${user},${user},"system:masters"\n`);
  await writeFile(join(dir, 'tokens.csv'), lines.join(''), { mode: 0o600 });
  await writeFile(join(dir, 'audit-policy.json'), JSON.stringify(AUDIT_POLICY));
  const children = [startEtcd(dir, clientPort, peerPort), startServer(dir, clientPort, port)];
  const dispose = async (): Promise<void> => {
    await Promise.all(children.toReversed().map(stop));
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const server = { port, token, certificate: join(dir, 'certs', 'apiserver.crt') };
    await waitReady(server, children);
    return handle({ address: server, tokens, auditLog: join(dir, AUDIT_LOG) }, dispose);
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** How to reach it: on loopback, as the administrator. */
export interface Address {
  readonly port: number;
  readonly token: string;
  /** Path of the certificate that it signed itself, for the name `kubernetes`. */
  readonly certificate: string;
}

function startEtcd(dir: string, clientPort: number, peerPort: number): ChildProcess {
  const [client, peer] = [`http://127.0.0.1:${clientPort}`, `http://127.0.0.1:${peerPort}`];
  const args = [
    ['--data-dir', join(dir, 'etcd'), '--unsafe-no-fsync', '--log-level', 'error'],
    ['--listen-client-urls', client, '--advertise-client-urls', client],
    ['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`],
  ];
  return spawn(programPath('etcd'), args.flat(), { stdio: 'ignore' });
}

function startServer(dir: string, etcdPort: number, port: number): ChildProcess {
  const key = join(dir, 'sa.key');
  const args = [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${join(dir, 'certs')}`,
    `--token-auth-file=${join(dir, 'tokens.csv')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    '--authorization-mode=RBAC',
    `--audit-policy-file=${join(dir, 'audit-policy.json')}`,
    `--audit-log-path=${join(dir, AUDIT_LOG)}`,
    // No controller makes the default ServiceAccount of a namespace here.
    '--disable-admission-plugins=ServiceAccount',
  ];
  return spawn(programPath('kube-apiserver'), args, { stdio: 'ignore' });
}

async function waitReady(server: Address, children: readonly ChildProcess[]): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  for (;;) {
    const ready = await send(server, { path: '/readyz' }).catch((error: unknown) => ({ status: 0, body: String(error) }));
    if (ready.status === 200) return;
    if (Date.now() > deadline) throw new Error(`kube-apiserver was not ready in time: ${JSON.stringify(ready.body)}`);
    if (children.some((child) => child.exitCode !== null)) throw new Error('etcd or kube-apiserver ended while starting');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function handle(
  { address: server, ...files }: Pick<ApiServer, 'address' | 'tokens' | 'auditLog'>,
  dispose: () => Promise<void>,
): ApiServer {
  return {
    address: server,
    ...files,
    call: (call) => send(server, call),
    ok: async (call) => {
      const { status, body } = await send(server, call);
      if (status < 300) return body;
      throw new Error(`${call.method ?? 'GET'} ${call.path}: ${status} ${JSON.stringify(body?.message ?? body)}`);
    },
    kubectl: (args) => kubectl(server, args),
    [Symbol.asyncDispose]: dispose,
  };
}

async function send(server: Address, call: ApiCall): Promise<ApiAnswer> {
  // The server signs its own certificate when it starts.
  const ca = await readFile(server.certificate);
  return await new Promise((resolve, reject) => {
    const outgoing = httpsRequest({
      host: '127.0.0.1',
      port: server.port,
      ca,
      servername: 'kubernetes',
      method: call.method ?? 'GET',
      path: call.path,
      headers: {
        authorization: `Bearer ${call.token ?? server.token}`,
        accept: call.accept ?? 'application/json',
        ...(call.body !== undefined && { 'content-type': call.contentType ?? 'application/json' }),
      },
      signal: AbortSignal.timeout(CALL_DEADLINE_MS),
    });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parse(Buffer.concat(chunks).toString()) }));
    });
    outgoing.end(call.body === undefined ? undefined : JSON.stringify(call.body));
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function kubectl(server: Address, args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const flags = [
    `--server=https://127.0.0.1:${server.port}`,
    `--certificate-authority=${server.certificate}`,
    `--token=${server.token}`,
  ];
  const child = spawn(programPath('kubectl'), [...flags, ...args], { timeout: CALL_DEADLINE_MS, env: { HOME: tmpdir() } });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  // Nothing is kept, so nothing needs to end in order: an orderly stop of the API server takes seconds.
  child.kill('SIGKILL');
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
