// The two ways to find the API server and to log in, on a real one.
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureBuild, programPath } from '../../../e2e/cluster/binaries.ts';
import { silentProgress } from '../../../e2e/cluster/progress.ts';
import { inClusterTransport, KubeClient, Namespaces, type Transport } from '../src/index.ts';
import { kubeconfigTransport } from '../src/kubeconfig.ts';
import { type RealApiServer, startRealApiServer } from '../src/testing/real-apiserver.ts';

let server: RealApiServer;
let directory: string;

beforeAll(async () => {
  await ensureBuild('kubernetes', silentProgress);
  await ensureBuild('etcd', silentProgress);
  server = await startRealApiServer({ etcd: programPath('etcd'), kubeApiServer: programPath('kube-apiserver') });
  directory = await mkdtemp(join(tmpdir(), 'navigator-credentials-'));
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  if (directory) await rm(directory, { recursive: true, force: true });
});

async function namespacesThrough(transport: Transport): Promise<string[]> {
  const client = new KubeClient(transport, { fieldManager: 'test', timeoutMs: 10_000 });
  const { items } = await client.list(Namespaces, {}, AbortSignal.timeout(20_000));
  return items.map(({ metadata }) => metadata.name);
}

test("a pod's files: a token that is rotated is used at once, an unknown one is refused", async () => {
  const { host, port, token, caFile } = server.access;
  await copyFile(caFile, join(directory, 'ca.crt'));
  await writeFile(join(directory, 'token'), 'not-a-token');
  const transport = inClusterTransport({ host, port: String(port), directory });
  await expect(namespacesThrough(transport)).rejects.toMatchObject({ code: 'KUBE_UNAUTHORIZED', retryable: true });
  await writeFile(join(directory, 'token'), token);
  await expect(namespacesThrough(transport)).resolves.toContain('kube-system');
  await transport.close();
});

test('another CA is refused', async () => {
  const { host, port, token } = server.access;
  await writeFile(join(directory, 'token'), token);
  const other = await startRealApiServer({ etcd: programPath('etcd'), kubeApiServer: programPath('kube-apiserver') });
  await copyFile(other.access.caFile, join(directory, 'ca.crt'));
  const transport = inClusterTransport({ host, port: String(port), directory });
  await expect(namespacesThrough(transport)).rejects.toMatchObject({ code: 'KUBE_UNREACHABLE' });
  await transport.close();
  await other[Symbol.asyncDispose]();
});

test('a kubeconfig: the context that was asked for, or an error that names it', async () => {
  const { host, port, token, caFile } = server.access;
  const path = join(directory, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'nowhere',
    clusters: [
      { name: 'real', cluster: { server: `https://${host}:${port}`, 'certificate-authority': caFile } },
      { name: 'nowhere', cluster: { server: 'https://127.0.0.1:1' } },
    ],
    users: [{ name: 'admin', user: { token } }],
    contexts: [
      { name: 'real', context: { cluster: 'real', user: 'admin' } },
      { name: 'nowhere', context: { cluster: 'nowhere', user: 'admin' } },
    ],
  };
  await writeFile(path, JSON.stringify(config));
  const transport = await kubeconfigTransport({ path, context: 'real' });
  await expect(namespacesThrough(transport)).resolves.toContain('kube-system');
  await transport.close();
  const current = await kubeconfigTransport({ path });
  await expect(namespacesThrough(current)).rejects.toMatchObject({ code: 'KUBE_UNREACHABLE' });
  await current.close();
  await expect(kubeconfigTransport({ path, context: 'unheard-of' })).rejects.toThrow('"unheard-of"');
});
