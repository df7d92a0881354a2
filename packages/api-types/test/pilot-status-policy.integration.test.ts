// deploy/policy/pilot-status.yaml on a real kube-apiserver, with the tokens that the kubelet would hand to the pods.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { API_VERSION, GROUP } from '../src/group.ts';
import { type ApiAnswer, type ApiServer, startApiServer } from './api-server.ts';
import { installCrds } from './install-crds.ts';

const POLICY = join(import.meta.dirname, '../../../deploy/policy/pilot-status.yaml');
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const names = ['es-demo-mixed-0', 'es-demo-mixed-1'] as const;
const tokens = new Map<string, { token: string; uid: string }>();

let api: ApiServer;
beforeAll(async () => {
  api = await startApiServer();
  await installCrds(api);
  await createServiceAccount('default');
  for (const name of names) {
    await createPilot('default', name);
    tokens.set(name, await createPodWithToken('default', name));
  }
  await installPolicy();
});
afterAll(async () => await api?.[Symbol.asyncDispose]());

function pilotPath(namespace: string, name: string): string {
  return `/apis/${API_VERSION}/namespaces/${namespace}/pilots/${name}`;
}

async function createPilot(namespace: string, name: string): Promise<void> {
  const spec = { cluster: { kind: 'ElasticsearchCluster', name: 'demo' }, nodePool: 'mixed' };
  const body = { apiVersion: API_VERSION, kind: 'Pilot', metadata: { name }, spec };
  await api.ok({ method: 'POST', path: `/apis/${API_VERSION}/namespaces/${namespace}/pilots`, body });
}

/** An account that RBAC lets write the status of every Pilot: what is refused here is refused by the policy. */
async function createServiceAccount(namespace: string): Promise<void> {
  const metadata = { name: 'pilot', namespace };
  await api.ok({ method: 'POST', path: `/api/v1/namespaces/${namespace}/serviceaccounts`, body: { metadata } });
  const roleMetadata = { name: `pilot-${namespace}` };
  const rules = [{ apiGroups: [GROUP], resources: ['pilots', 'pilots/status'], verbs: ['get', 'patch', 'update'] }];
  await api.ok({ method: 'POST', path: `${RBAC}/clusterroles`, body: { metadata: roleMetadata, rules } });
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: roleMetadata.name };
  const subjects = [{ kind: 'ServiceAccount', ...metadata }];
  await api.ok({ method: 'POST', path: `${RBAC}/clusterrolebindings`, body: { metadata: roleMetadata, roleRef, subjects } });
}

/** A pod that nothing will ever run, and a token bound to it. */
async function createPodWithToken(namespace: string, name: string): Promise<{ token: string; uid: string }> {
  const spec = { serviceAccountName: 'pilot', containers: [{ name: 'database', image: 'database' }] };
  const pod = await api.ok({ method: 'POST', path: `/api/v1/namespaces/${namespace}/pods`, body: { metadata: { name }, spec } });
  const { uid } = pod.metadata;
  return { token: await requestToken(namespace, { apiVersion: 'v1', kind: 'Pod', name, uid }), uid };
}

async function requestToken(namespace: string, boundObjectRef?: object): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/pilot/token`;
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 3600, boundObjectRef },
  };
  return (await api.ok({ method: 'POST', path, body })).status.token;
}

/** The API server looks at new policies a moment after they were written. */
async function installPolicy(): Promise<void> {
  for (const document of parseAllDocuments(await readFile(POLICY, 'utf8'), { version: '1.1' })) {
    const body = document.toJS();
    const plural =
      body.kind === 'ValidatingAdmissionPolicy' ? 'validatingadmissionpolicies' : 'validatingadmissionpolicybindings';
    await api.ok({ method: 'POST', path: `/apis/${body.apiVersion}/${plural}`, body });
  }
  const unbound = await requestToken('default');
  await vi.waitFor(async () => expect((await report(names[0], unbound)).status).toBe(403), { timeout: 30_000, interval: 100 });
}

async function report(
  name: string,
  token: string,
  status: object = { phase: 'Running' },
  { namespace = 'default', resourceVersion }: { namespace?: string; resourceVersion?: string } = {},
): Promise<ApiAnswer> {
  const body = { apiVersion: API_VERSION, kind: 'Pilot', metadata: { name, resourceVersion }, status };
  const path = `${pilotPath(namespace, name)}/status?fieldManager=navigator-pilot&force=true`;
  return await api.call({ method: 'PATCH', path, contentType: 'application/apply-patch+yaml', body, token });
}

function of(name: string): { token: string; uid: string } {
  const found = tokens.get(name);
  if (!found) throw new Error(`no token for ${name}`);
  return found;
}

test('a pilot writes the status of its own Pilot', async () => {
  const { token, uid } = of(names[0]);
  const answer = await report(names[0], token, { phase: 'Running', podUid: uid });
  expect(answer).toMatchObject({ status: 200, body: { status: { phase: 'Running', podUid: uid } } });
});

test('a report that names what it replaces cannot replace a later one', async () => {
  const { token, uid } = of(names[0]);
  const before = await report(names[0], token, { phase: 'Running', podUid: uid });
  const { resourceVersion } = before.body.metadata;
  const later = await report(names[0], token, { phase: 'Draining', podUid: uid }, { resourceVersion });
  expect(later).toMatchObject({ status: 200, body: { status: { phase: 'Draining' } } });
  const late = await report(names[0], token, { phase: 'Running', podUid: uid }, { resourceVersion });
  expect(late).toMatchObject({ status: 409, body: { reason: 'Conflict' } });
});

test('a pilot cannot write the status of another Pilot', async () => {
  const answer = await report(names[1], of(names[0]).token);
  expect(answer).toMatchObject({ status: 403, body: { reason: 'Forbidden' } });
  expect(answer.body.message).toContain(
    'the status of Pilot default/es-demo-mixed-1 may be written by the pod of that name only, not by pod es-demo-mixed-0',
  );
});

test('a pilot cannot replace the status of another Pilot either', async () => {
  const { token } = of(names[0]);
  const path = pilotPath('default', names[1]);
  const pilot = await api.ok({ path });
  const body = { ...pilot, status: { ...pilot.status, phase: 'Failed' } };
  expect((await api.call({ method: 'PUT', path: `${path}/status`, body, token })).status).toBe(403);
});

test('a pilot cannot report for another pod of its name', async () => {
  const answer = await report(names[0], of(names[0]).token, { podUid: of(names[1]).uid });
  expect(answer.status).toBe(403);
  expect(answer.body.message).toContain('status.podUid must be the uid of the pod that reports');
});

test('the same pod name in another namespace does not help', async () => {
  await api.ok({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: 'other' } } });
  await createServiceAccount('other');
  const { token } = await createPodWithToken('other', names[0]);
  await createPilot('other', names[0]);
  expect((await report(names[0], token, {}, { namespace: 'other' })).status).toBe(200);
  expect((await report(names[0], token)).status).toBe(403);
});

test('a token that is bound to no pod cannot report', async () => {
  const answer = await report(names[0], await requestToken('default'));
  expect(answer).toMatchObject({
    status: 403,
    body: { message: expect.stringContaining('not by a token that is bound to no pod') },
  });
});

test('an administrator may write any status', async () => {
  const path = `${pilotPath('default', names[1])}/status`;
  const body = { status: { phase: 'Waiting' } };
  const answer = await api.call({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body });
  expect(answer.status).toBe(200);
});
