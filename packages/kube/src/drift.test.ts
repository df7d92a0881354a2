import { expect, test } from 'vitest';
import { findDrift, projection } from './drift.ts';
import type { KubeObject } from './object.ts';

function statefulSet(spec: Record<string, unknown>): KubeObject {
  return { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'a', labels: { app: 'x' } }, spec };
}

function container(fields: Record<string, unknown>): KubeObject {
  return statefulSet({ template: { spec: { containers: [{ name: 'db', ...fields }] } } });
}

const cases: { what: string; desired: KubeObject; live: KubeObject; drift: string | undefined }[] = [
  {
    what: 'what the server adds',
    desired: statefulSet({ replicas: 3 }),
    live: statefulSet({ replicas: 3, podManagementPolicy: 'OrderedReady' }),
    drift: undefined,
  },
  { what: 'a changed value', desired: statefulSet({ replicas: 3 }), live: statefulSet({ replicas: 4 }), drift: 'spec.replicas' },
  { what: 'a value that went', desired: statefulSet({ replicas: 3 }), live: statefulSet({}), drift: 'spec.replicas' },
  {
    what: 'zero values that Go leaves out',
    desired: container({ tty: false, env: [{ name: 'A', value: '' }], args: [] }),
    live: container({ env: [{ name: 'A' }] }),
    drift: undefined,
  },
  {
    what: 'an empty volume source',
    desired: statefulSet({ volumes: [{ name: 'v', emptyDir: {} }] }),
    live: statefulSet({ volumes: [{ name: 'v', emptyDir: {} }] }),
    drift: undefined,
  },
  {
    what: 'quantities',
    desired: container({ resources: { requests: { cpu: '0.5', memory: '1024Mi' } } }),
    live: container({ resources: { requests: { cpu: '500m', memory: '1Gi' } } }),
    drift: undefined,
  },
  {
    what: 'quantities as numbers',
    desired: container({ resources: { limits: { cpu: 1 } } }),
    live: container({ resources: { limits: { cpu: '1' } } }),
    drift: undefined,
  },
  {
    what: 'another quantity',
    desired: container({ resources: { limits: { memory: '1Gi' } } }),
    live: container({ resources: { limits: { memory: '1G' } } }),
    drift: 'spec.template.spec.containers[db].resources.limits.memory',
  },
  {
    what: 'equal amounts in plain text are not equal',
    desired: { ...statefulSet({}), data: { a: '1' } },
    live: { ...statefulSet({}), data: { a: '1000m' } },
    drift: 'data.a',
  },
  {
    what: 'a sidecar that somebody else owns',
    desired: container({}),
    live: statefulSet({ template: { spec: { containers: [{ name: 'mesh' }, { name: 'db' }] } } }),
    drift: undefined,
  },
  {
    what: 'our container gone',
    desired: container({}),
    live: statefulSet({ template: { spec: { containers: [{ name: 'mesh' }] } } }),
    drift: 'spec.template.spec.containers[db]',
  },
  {
    what: 'order of init containers',
    desired: statefulSet({ initContainers: [{ name: 'a' }, { name: 'b' }] }),
    live: statefulSet({ initContainers: [{ name: 'b' }, { name: 'a' }] }),
    drift: 'spec.initContainers[b]',
  },
  {
    what: 'a longer list with one owner',
    desired: container({ args: ['a'] }),
    live: container({ args: ['a', 'b'] }),
    drift: 'spec.template.spec.containers[db].args',
  },
  {
    what: 'a key added to a selector',
    desired: statefulSet({ selector: { matchLabels: { a: 'b' } } }),
    live: statefulSet({ selector: { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'c' }] } }),
    drift: 'spec.selector.matchExpressions',
  },
  {
    what: 'a label added deep in a selector',
    desired: statefulSet({ podSelector: { matchLabels: { a: 'b' } } }),
    live: statefulSet({ podSelector: { matchLabels: { a: 'b', c: 'd' } } }),
    drift: 'spec.podSelector.matchLabels.c',
  },
  {
    what: 'a foreign label',
    desired: statefulSet({}),
    live: { ...statefulSet({}), metadata: { name: 'a', labels: { app: 'x', theirs: 'y' } } },
    drift: undefined,
  },
  {
    what: 'our label changed',
    desired: statefulSet({}),
    live: { ...statefulSet({}), metadata: { name: 'a', labels: { app: 'z' } } },
    drift: 'metadata.labels.app',
  },
  {
    what: 'status is not ours',
    desired: { ...statefulSet({}), status: { replicas: 1 } },
    live: { ...statefulSet({}), status: { replicas: 2 } },
    drift: undefined,
  },
  {
    what: 'ports by number and protocol, TCP when none is given',
    desired: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'a' },
      spec: { ports: [{ port: 9200 }, { port: 9300, protocol: 'TCP' }] },
    },
    live: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'a' },
      spec: {
        ports: [
          { port: 9200, protocol: 'TCP', targetPort: 9200 },
          { port: 9300, protocol: 'TCP' },
        ],
      },
    },
    drift: undefined,
  },
  {
    what: 'rules of a NetworkPolicy have one owner',
    desired: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'a' },
      spec: { ingress: [{ ports: [{ port: 1 }] }] },
    },
    live: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'a' },
      spec: { ingress: [{ ports: [{ port: 1, protocol: 'TCP' }, { port: 2 }] }] },
    },
    drift: 'spec.ingress[0].ports',
  },
];

test.each(cases)('$what', ({ desired, live, drift }) => {
  expect(findDrift(desired, live)).toBe(drift);
});

test('the projection changes with our fields and with nothing else', () => {
  const desired = container({ image: 'a' });
  const before = projection(desired, container({ image: 'a', terminationMessagePath: '/dev/null' }));
  expect(projection(desired, container({ image: 'a', imagePullPolicy: 'Always' }))).toBe(before);
  expect(projection(desired, container({ image: 'b' }))).not.toBe(before);
});
