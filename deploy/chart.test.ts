import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Manifest, helmIsMissing, parseManifests, renderChart } from './rendered.ts';

const skip = helmIsMissing();
const podSchema = z.object({
  automountServiceAccountToken: z.boolean(),
  securityContext: z.looseObject({ runAsNonRoot: z.literal(true), runAsUser: z.literal(65532) }),
  containers: z.array(
    z.looseObject({
      image: z.string(),
      args: z.array(z.string()),
      resources: z.looseObject({}),
      securityContext: z.looseObject({}),
    }),
  ),
});
const deploymentSchema = z.looseObject({
  spec: z.looseObject({ replicas: z.number(), template: z.looseObject({ spec: z.looseObject({}) }) }),
});

function kinds(manifests: readonly Manifest[]): readonly string[] {
  return [...new Set(manifests.map(({ kind }) => kind))];
}

function controllerOf(manifests: readonly Manifest[]) {
  const deployment = deploymentSchema.parse(manifests.find(({ kind }) => kind === 'Deployment'));
  const pod = podSchema.parse(deployment.spec.template.spec);
  const [container] = pod.containers;
  if (container === undefined) throw new Error('the Deployment has no container');
  return { replicas: deployment.spec.replicas, pod, container };
}

test.skipIf(skip)('cluster-wide: one ClusterRole for the controller, two for people', async () => {
  const manifests = await renderChart();
  const roles = manifests.filter(({ kind }) => kind === 'ClusterRole').map(({ metadata }) => metadata.name);
  expect(roles).toEqual(['navigator-controller', 'navigator-edit', 'navigator-view']);
  expect(controllerOf(manifests).container.args).toContain('--namespaces=');
});

test.skipIf(skip)('by namespace: a Role in each and nothing cluster-wide', async () => {
  const manifests = await renderChart('namespaces={a,b}', 'crds.install=false', 'pilotPolicy.install=false');
  expect(kinds(manifests).filter((kind) => /^Cluster|^CustomResource|^Validating/.test(kind))).toEqual([]);
  const roles = manifests.filter(({ kind, metadata }) => kind === 'Role' && metadata.name === 'navigator-controller');
  expect(roles.map(({ metadata }) => metadata.namespace)).toEqual(['a', 'b']);
  expect(controllerOf(manifests).container.args).toContain('--namespaces=a,b');
});

test.skipIf(skip)('two replicas with a budget; one without', async () => {
  expect(kinds(await renderChart())).toContain('PodDisruptionBudget');
  expect(kinds(await renderChart('replicas=1'))).not.toContain('PodDisruptionBudget');
});

test.skipIf(skip)('the pod passes the restricted Pod Security Standard and has a read-only root', async () => {
  const { pod, container } = controllerOf(await renderChart());
  expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  expect(container.resources).toEqual({ requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '512Mi' } });
});

test.skipIf(skip)('images are values; without a tag the version of the chart is taken', async () => {
  const named = await renderChart(
    'image.controller.repository=localhost/c',
    'image.controller.tag=dev',
    'image.pilot.repository=localhost/p',
  );
  expect(controllerOf(named).container).toMatchObject({ image: 'localhost/c:dev' });
  expect(controllerOf(named).container.args).toContain('--pilot-image=localhost/p:0.1.0');
});

test.skipIf(skip)('CRDs are kept when the release goes', async () => {
  const crds = (await renderChart()).filter(({ kind }) => kind === 'CustomResourceDefinition');
  expect(crds.map(({ metadata }) => metadata.name)).toEqual([
    'cassandraclusters.navigator.dev',
    'elasticsearchclusters.navigator.dev',
    'pilots.navigator.dev',
  ]);
  expect(crds.map(({ metadata }) => metadata['annotations'])).toEqual(crds.map(() => ({ 'helm.sh/resource-policy': 'keep' })));
});

test.skipIf(skip)('a network policy on demand', async () => {
  expect(kinds(await renderChart('networkPolicy.enabled=true'))).toContain('NetworkPolicy');
  expect(kinds(await renderChart())).not.toContain('NetworkPolicy');
});

test.skipIf(skip).each([
  ['a misspelt value', 'replica=3', /replica/],
  ['a namespace that cannot be', 'namespaces={Not_A_Name}', /namespaces/],
  ['an unknown log level', 'logLevel=loud', /logLevel/],
])('%s is refused', async (_name, value, message) => {
  await expect(renderChart(value)).rejects.toThrow(message);
});

test("nothing of the chart wears the label of the controller's children", () => {
  const install = readFileSync(join(import.meta.dirname, 'navigator.yaml'), 'utf8');
  const labelled = parseManifests(install).filter(({ metadata }) =>
    JSON.stringify(metadata['labels'] ?? {}).includes('managed-by'),
  );
  expect(labelled).toEqual([]);
});

test('the one-file install has all that is needed, the namespace first', () => {
  const manifests = parseManifests(readFileSync(join(import.meta.dirname, 'navigator.yaml'), 'utf8'));
  expect(manifests[0]?.kind).toBe('Namespace');
  expect(kinds(manifests)).toEqual(
    expect.arrayContaining(['CustomResourceDefinition', 'ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Deployment']),
  );
});

test('kustomize takes the one-file install', () => {
  const kustomization: unknown = parse(readFileSync(join(import.meta.dirname, 'kustomization.yaml'), 'utf8'));
  expect(kustomization).toMatchObject({ kind: 'Kustomization', resources: ['navigator.yaml'] });
});
