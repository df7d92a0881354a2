// The controller under the chart's own rights, on a real API server: both kinds from creation to an upgrade and a scale-out
// without one refusal, in either mode; and what it has no right to is refused.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixedCredentials, HttpTransport, type RequestCount, type Transport } from '@navigator/kube';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { startController } from '../packages/controller/test/harness.ts';
import { type RealApi, startRealApi } from '../packages/controller/test/real-api.ts';
import { createCluster, KINDS, patchSpec, ready } from '../packages/controller/test/scenario.ts';
import { helm, NAMESPACE } from '../tools/helm.ts';
import { type Manifest, renderChart } from './rendered.ts';

const DEADLINE_MS = 120_000;
const RBAC = /^(ServiceAccount|(Cluster)?Role(Binding)?)$/;
let api: RealApi;

beforeAll(async () => {
  await helm();
  api = await startRealApi();
  await api.namespace(NAMESPACE, AbortSignal.timeout(DEADLINE_MS));
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

/** Applies the chart's accounts and roles, and nothing else of it. */
async function grant(manifests: readonly Manifest[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'navigator-rights-'));
  try {
    const file = join(folder, 'rbac.json');
    const items = manifests.filter(({ kind }) => RBAC.test(kind));
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    const { code, output } = await api.server.kubectl(['apply', '-f', file]);
    expect(code, output).toBe(0);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Takes every right away again, so that the next test cannot live on it. */
async function revoke(): Promise<void> {
  const kinds = 'clusterrolebindings,rolebindings';
  await api.server.kubectl(['delete', kinds, '--all-namespaces', '-l', 'app.kubernetes.io/part-of=navigator']);
}

async function connectAsController(): Promise<Transport> {
  const path = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/navigator-controller/token`;
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
  const answer: unknown = await api.server.ok({ method: 'POST', path, body });
  const { status } = z.object({ status: z.object({ token: z.string() }) }).parse(answer);
  const { port, certificate } = api.server.address;
  const ca = await readFile(certificate, 'utf8');
  const credentials = fixedCredentials({
    headers: { authorization: `Bearer ${status.token}` },
    tls: { ca, servername: 'kubernetes' },
  });
  return new HttpTransport({ server: `https://127.0.0.1:${port}`, credentials });
}

function refused(counts: readonly RequestCount[]): readonly string[] {
  return counts.filter(({ code }) => code === '401' || code === '403').map(({ verb, resource }) => `${verb} ${resource}`);
}

/** Both kinds in one namespace: made, upgraded, grown, and their claims given to them. */
async function story(namespace: string, namespaces: readonly string[]): Promise<Transport> {
  const around = await api.namespace(namespace, AbortSignal.timeout(DEADLINE_MS));
  await grant(await renderChart(...(namespaces.length === 0 ? [] : [`namespaces={${namespaces.join(',')}}`])));
  const transport = await connectAsController();
  await using _controller = startController(transport, {
    namespaces: [...namespaces],
    leaderElect: true,
    leaseNamespace: NAMESPACE,
  });
  for (const { resource, pool, spec } of KINDS) {
    await createCluster(around, resource, { name: 'demo', spec });
    await ready(around, resource, 'demo');
    const version = pool === 'mixed' ? '8.19.9' : '5.0.6';
    await patchSpec(around, resource, {
      name: 'demo',
      spec: { version, volumeReclaimPolicy: 'Delete', nodePools: [{ name: pool, replicas: 4 }] },
    });
    expect(await ready(around, resource, 'demo')).toMatchObject({ version, nodePools: [{ ready: 4, updated: 4 }] });
  }
  return transport;
}

test('cluster-wide: nothing is refused', { timeout: DEADLINE_MS }, async () => {
  const transport = await story('wide', []);
  expect(refused(transport.requests.snapshot())).toEqual([]);
  await revoke();
});

test('by namespace: nothing is refused there, everything elsewhere', { timeout: DEADLINE_MS }, async () => {
  const transport = await story('narrow', ['narrow']);
  expect(refused(transport.requests.snapshot())).toEqual([]);
  const ask = async (verb: string, what: string, namespace: string): Promise<boolean> => {
    const as = `--as=system:serviceaccount:${NAMESPACE}:navigator-controller`;
    const { output } = await api.server.kubectl(['auth', 'can-i', verb, what, '-n', namespace, as]);
    return output.trim().endsWith('yes');
  };
  expect(await ask('patch', 'statefulsets.apps', 'narrow')).toBe(true);
  expect(await ask('patch', 'statefulsets.apps', 'default')).toBe(false);
  expect(await ask('list', 'elasticsearchclusters.navigator.dev', 'default')).toBe(false);
  expect(await ask('get', 'secrets', 'default')).toBe(false);
  expect(await ask('delete', 'secrets', 'narrow')).toBe(false);
  expect(await ask('delete', 'persistentvolumeclaims', 'narrow')).toBe(false);
  await revoke();
});
