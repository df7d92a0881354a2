// Verbs used == verbs granted: what the controller does is derived from its own code as far as data goes (which kinds it
// watches, which objects its plans apply, what the Roles that it makes allow); the few calls outside of that are listed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KubeObject, type Resource, Leases, Events, Pods, resourceOf, Secrets, StatefulSets } from '@navigator/kube';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { ControllerEngine } from '../packages/controller/src/engines/engine.ts';
import { ENGINES } from '../packages/controller/src/engines/registry.ts';
import { observe } from '../packages/controller/src/observe.ts';
import { plan } from '../packages/controller/src/plan.ts';
import { buildPilot } from '../packages/controller/src/resources/pilot.ts';
import { Pilots, Watches } from '../packages/controller/src/watches.ts';
import { LEASE_NAME } from '../packages/controller/src/wire.ts';
import { parseManifests } from './rendered.ts';

const rulesSchema = z.array(
  z.object({
    apiGroups: z.array(z.string()),
    resources: z.array(z.string()),
    verbs: z.array(z.string()),
    resourceNames: z.array(z.string()).optional(),
  }),
);
type Rules = z.infer<typeof rulesSchema>;

const install = parseManifests(readFileSync(join(import.meta.dirname, 'navigator.yaml'), 'utf8'));

function rulesOf(kind: string, name: string): Rules {
  return rulesSchema.parse(install.find((object) => object.kind === kind && object.metadata.name === name)?.['rules']);
}

/** `statefulsets.apps patch`, one string a right. */
function rights(rules: Rules): readonly string[] {
  return rules
    .flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => right({ group, plural: resource }, verb))),
      ),
    )
    .toSorted();
}

function right({ group, plural }: Pick<Resource, 'group' | 'plural'>, verb: string, subresource = ''): string {
  return `${plural}${subresource}.${group === '' ? 'core' : group} ${verb}`;
}

const SPECS: Readonly<Record<string, unknown>> = {
  ElasticsearchCluster: { version: '8.19.9', volumeReclaimPolicy: 'Delete' },
  CassandraCluster: { version: '5.0.6', volumeReclaimPolicy: 'Delete' },
};

/** Every object that the controller applies for a cluster of this engine, at its beginning and later. */
function appliedBy(engine: ControllerEngine): readonly KubeObject[] {
  const { kind } = engine.resource;
  const cluster: KubeObject = {
    apiVersion: `${engine.resource.group}/${engine.resource.version}`,
    kind,
    metadata: { name: 'demo', namespace: 'default', uid: 'u', resourceVersion: '1', generation: 1 },
    spec: SPECS[kind],
  };
  const input = { now: 0, settings: { pilotImage: 'p' }, engine, cluster, statefulSets: [], pods: [], pilots: [], secrets: [] };
  const node = observe({ ...input, claims: [] }).pools[0]?.nodes[0]?.name ?? '';
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: `data-${node}`, namespace: 'default', uid: 'c' },
  };
  const snapshot = observe({ ...input, claims: [claim] });
  const decision = plan(snapshot, engine);
  const effects = decision.step?.effects.flatMap((effect) => (effect.do === 'apply' ? [effect.object] : [])) ?? [];
  const pool = snapshot.pools[0]?.name ?? '';
  return [...decision.objects, ...effects, buildPilot({ snapshot, engine, pool, ordinal: 0 })];
}

function watched(): readonly Resource[] {
  const never: object = new Proxy({}, { get: () => () => never });
  const clock = { now: () => 0, monotonic: () => 0 };
  const parts = { client: never, logger: never, clock } as unknown as Pick<
    ConstructorParameters<typeof Watches>[0],
    'client' | 'logger' | 'clock'
  >;
  const watches = new Watches({
    ...parts,
    engines: ENGINES,
    namespace: undefined,
    enqueue: () => undefined,
    caughtUp: () => undefined,
  });
  return watches.informers.map(({ resource }) => resource);
}

/** A server-side apply reads live what the cache lacks (get), and creates or changes with PATCH (create and patch). */
function applyVerbs(kind: string): readonly string[] {
  // Claims are only ever given an owner: the StatefulSet makes them, and one that is gone must not come back empty.
  return kind === 'PersistentVolumeClaim' ? ['get', 'patch'] : ['get', 'create', 'patch'];
}

function used(): readonly string[] {
  const applied = ENGINES.flatMap((engine) => appliedBy(engine));
  return [
    ...watched().flatMap((resource) => [right(resource, 'list'), right(resource, 'watch')]),
    ...applied.flatMap((object) => applyVerbs(object.kind).map((verb) => right(resourceOf(object), verb))),
    // Before a StatefulSet is changed, it and its cluster are read live.
    right(StatefulSets, 'get'),
    ...ENGINES.map(({ resource }) => right(resource, 'get')),
    // Secrets are made once, read when another is made from them, and changed when a certificate is due (make-secrets.ts).
    ...['get', 'create', 'patch'].map((verb) => right(Secrets, verb)),
    // One that cannot come up, where the StatefulSet controller would wait for ever.
    right(Pods, 'delete'),
    // A node that has left, and a pool that has none any more.
    right(Pilots, 'delete'),
    right(StatefulSets, 'delete'),
    // Annotations (merge patch), status (apply), and children with blockOwnerDeletion.
    ...ENGINES.flatMap(({ resource }) => [
      right(resource, 'patch'),
      right(resource, 'patch', '/status'),
      right(resource, 'update', '/finalizers'),
    ]),
    ...['create', 'patch'].map((verb) => right(Events, verb)),
    // Rights of the Roles that it makes: the API server refuses to let it give what it does not have.
    ...applied.filter(({ kind }) => kind === 'Role').flatMap((role) => rights(rulesSchema.parse(role['rules']))),
  ];
}

test('the controller has the rights that it uses, and no other', () => {
  expect(rights(rulesOf('ClusterRole', 'navigator-controller'))).toEqual([...new Set(used())].toSorted());
});

test('every kind that it applies is watched, so that drift is seen', () => {
  const kinds = new Set(watched().map(({ kind }) => kind));
  const applied = ENGINES.flatMap((engine) => appliedBy(engine)).map(({ kind }) => kind);
  expect(applied.filter((kind) => !kinds.has(kind))).toEqual([]);
});

test('the Lease: made, and then only the one of its name', () => {
  const rules = rulesOf('Role', 'navigator-controller-lease');
  expect(rights(rules)).toEqual(['create', 'get', 'patch'].map((verb) => right(Leases, verb)));
  expect(rules.find(({ verbs }) => verbs.includes('get'))?.resourceNames).toEqual([LEASE_NAME]);
});

test('nothing that would make the controller master of the cluster', () => {
  const all = rights(rulesOf('ClusterRole', 'navigator-controller'));
  const harmful = all.filter((entry) => /\*|secrets|pods\/exec|nodes| delete| escalate| bind| impersonate/.test(entry));
  expect(harmful.filter((entry) => !entry.startsWith('secrets.core '))).toEqual(
    [Pilots, Pods, StatefulSets].map((resource) => right(resource, 'delete')),
  );
});
