// What resources/ renders, on a real kube-apiserver: accepted, unchanged by defaulting, and its pods pass `restricted`.
import { readFile } from 'node:fs/promises';
import {
  Applier,
  fixedCredentials,
  HttpTransport,
  KubeClient,
  type KubeObject,
  Namespaces,
  PersistentVolumeClaims,
  StatefulSets,
  systemClock,
} from '@navigator/kube';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiServer, startApiServer } from '../../api-types/test/api-server.ts';
import { installCrds } from '../../api-types/test/install-crds.ts';
import type { ControllerEngine } from '../src/engines/engine.ts';
import { ENGINES } from '../src/engines/registry.ts';
import { buildClaims } from '../src/resources/claims.ts';
import { buildClusterObjects } from '../src/resources/cluster-objects.ts';
import { buildPilot } from '../src/resources/pilot.ts';
import { buildStatefulSet } from '../src/resources/stateful-set.ts';
import type { ClusterSnapshot } from '../src/snapshot.ts';
import { cassandraSnapshot, elasticsearchSnapshot, type SnapshotOptions } from '../src/testing/snapshots.ts';
// Defines the resource of Pilots.
import '../src/watches.ts';

const NAMESPACE = 'shop';

let api: ApiServer;
let transport: HttpTransport;
let client: KubeClient;

beforeAll(async () => {
  api = await startApiServer();
  await installCrds(api);
  const { port, token, certificate } = api.address;
  const ca = await readFile(certificate, 'utf8');
  transport = new HttpTransport({
    server: `https://127.0.0.1:${port}`,
    credentials: fixedCredentials({ headers: { authorization: `Bearer ${token}` }, tls: { ca, servername: 'kubernetes' } }),
  });
  client = new KubeClient(transport, { fieldManager: 'navigator-controller', clock: systemClock });
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await client.create(Namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels } }, deadline());
});
afterAll(async () => {
  await transport?.close();
  await api?.[Symbol.asyncDispose]();
});

function deadline(): AbortSignal {
  return AbortSignal.timeout(20_000);
}

const SHAPES: Readonly<Record<string, Record<string, unknown>>> = {
  plain: {},
  rich: {
    zoneSpread: 'Required',
    image: { repository: 'mirror.test/db', pullPolicy: 'Always', pullSecrets: ['mirror'] },
    nodePools: [
      {
        name: 'first',
        replicas: 2,
        persistence: { size: '2048Mi', storageClass: 'fast' },
        resources: { requests: { cpu: '0.25', memory: '1024Mi' }, limits: { cpu: '2000m', memory: '1.5Gi' } },
        nodeSelector: { disk: 'ssd' },
        tolerations: [{ key: 'db', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }, { operator: 'Exists' }],
      },
      { name: 'second', replicas: 1, persistence: { enabled: false } },
    ],
  },
};

const CASES = ENGINES.flatMap((engine) => Object.keys(SHAPES).map((shape) => [engine.name, shape] as const));

function engineOf(name: string): ControllerEngine {
  const engine = ENGINES.find((candidate) => candidate.name === name);
  if (!engine) throw new TypeError(name);
  return engine;
}

/** The snapshot of a cluster object that is really there: owners must exist. */
async function snapshotOn(engine: ControllerEngine, name: string, spec: Record<string, unknown>): Promise<ClusterSnapshot> {
  const options: SnapshotOptions = { name, spec };
  const make = (more: SnapshotOptions = {}): ClusterSnapshot =>
    engine.name === 'cassandra' ? cassandraSnapshot({ ...options, ...more }) : elasticsearchSnapshot({ ...options, ...more });
  const { cluster } = make();
  const written = {
    version: cluster.spec.version,
    nodePools: cluster.spec.nodePools.map((pool) => ({ name: pool.name })),
    ...spec,
  };
  const body = { apiVersion: cluster.apiVersion, kind: cluster.kind, metadata: { name, namespace: NAMESPACE }, spec: written };
  const created = await client.create(engine.resource, body, deadline());
  return make({ cluster: { uid: created.metadata.uid ?? '' } });
}

function children(snapshot: ClusterSnapshot, engine: ControllerEngine): KubeObject[] {
  const sets = snapshot.cluster.spec.nodePools.map((pool) =>
    buildStatefulSet({ snapshot, engine, pool, replicas: pool.replicas, partition: pool.replicas }),
  );
  const pilots = snapshot.pools.flatMap((pool) =>
    pool.nodes.map(({ ordinal }) => buildPilot({ snapshot, engine, pool: pool.name, ordinal })),
  );
  return [...buildClusterObjects(snapshot, engine), ...sets, ...pilots];
}

test.each(CASES)(
  'the children of a %s cluster (%s) are accepted, and nothing looks like drift afterwards',
  async (name, shape) => {
    const engine = engineOf(name);
    const snapshot = await snapshotOn(engine, `accepted-${shape}`, SHAPES[shape] ?? {});
    // A new applier each time: it must not have learnt from the first answer that a difference is to be accepted.
    const applyAll = async (): Promise<string[]> => {
      const applier = new Applier({ client, cacheOf: () => undefined });
      const outcomes: string[] = [];
      for (const object of children(snapshot, engine)) {
        const { outcome, because } = await applier.apply(object, { signal: deadline() });
        outcomes.push(
          `${object.kind}/${object.metadata.name} ${outcome}${because === undefined ? '' : ` because of ${because}`}`,
        );
      }
      return outcomes;
    };
    expect((await applyAll()).filter((line) => !line.includes(' created'))).toEqual([]);
    expect((await applyAll()).filter((line) => !line.endsWith(' unchanged'))).toEqual([]);
  },
);

test.each(CASES)('the pods of a %s cluster (%s) are admitted where `restricted` is enforced', async (name, shape) => {
  const engine = engineOf(name);
  const snapshot = await snapshotOn(engine, `restricted-${shape}`, SHAPES[shape] ?? {});
  for (const pool of snapshot.cluster.spec.nodePools) {
    const { template, volumeClaimTemplates = [] } =
      buildStatefulSet({ snapshot, engine, pool, replicas: 1, partition: 1 }).spec ?? {};
    const claims = volumeClaimTemplates.map(({ metadata }) => ({
      name: metadata?.name,
      persistentVolumeClaim: { claimName: `${metadata?.name}-0` },
    }));
    const spec = { ...template?.spec, volumes: [...(template?.spec?.volumes ?? []), ...claims] };
    const body = { apiVersion: 'v1', kind: 'Pod', metadata: { ...template?.metadata, name: 'probe' }, spec };
    const answer = await api.call({ method: 'POST', path: `/api/v1/namespaces/${NAMESPACE}/pods?dryRun=All`, body });
    expect(answer).toMatchObject({ status: 201 });
    // The namespace does enforce it: the same pod is refused once it may become root.
    const root = { ...body, spec: { ...spec, securityContext: { ...spec.securityContext, runAsNonRoot: false, runAsUser: 0 } } };
    expect(await api.call({ method: 'POST', path: `/api/v1/namespaces/${NAMESPACE}/pods?dryRun=All`, body: root })).toMatchObject(
      { status: 403 },
    );
  }
});

test('the template of a StatefulSet may change in everything that a user may edit', async () => {
  const engine = engineOf('elasticsearch');
  const before = await snapshotOn(engine, 'edited', {});
  const after = elasticsearchSnapshot({
    name: 'edited',
    spec: { version: '8.19.9', nodePools: [{ name: 'mixed', nodeSelector: { disk: 'ssd' } }] },
  });
  const applier = new Applier({ client, cacheOf: () => undefined });
  for (const { spec } of [before.cluster, after.cluster]) {
    const snapshot = { ...before, cluster: { ...before.cluster, spec } };
    const [pool] = spec.nodePools;
    if (!pool) throw new TypeError('no pool');
    await applier.apply(buildStatefulSet({ snapshot, engine, pool, replicas: 3, partition: 3 }), { signal: deadline() });
  }
  const live = await client.get(StatefulSets, { namespace: NAMESPACE, name: 'es-edited-mixed' }, deadline());
  expect(live.spec?.template.spec?.containers[0]?.image).toMatch(/:8\.19\.9$/);
});

test('a claim gets its owner and loses it again; one that is gone is not made anew', async () => {
  const engine = engineOf('elasticsearch');
  const keep = await snapshotOn(engine, 'claims', {});
  const { uid } = keep.cluster;
  const drop = elasticsearchSnapshot({ name: 'claims', spec: { volumeReclaimPolicy: 'Delete' }, cluster: { uid } });
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data-es-claims-mixed-0', namespace: NAMESPACE },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  };
  const { metadata } = await client.create(PersistentVolumeClaims, claim, deadline());
  const view = { name: metadata.name, uid: metadata.uid ?? '' };
  const applier = new Applier({ client, cacheOf: () => undefined });
  const ownersAfter = async (snapshot: ClusterSnapshot, owners: readonly string[]): Promise<(string | undefined)[]> => {
    for (const object of buildClaims({ ...snapshot, claims: [{ ...view, owners }] }, engine))
      await applier.apply(object, { signal: deadline() });
    const live = await client.get(PersistentVolumeClaims, { namespace: NAMESPACE, name: view.name }, deadline());
    return (live.metadata.ownerReferences ?? []).map((owner) => owner.uid);
  };
  expect(await ownersAfter(drop, [])).toEqual([uid]);
  expect(await ownersAfter(keep, [uid])).toEqual([]);
  const gone = buildClaims({ ...drop, claims: [{ name: 'data-es-claims-mixed-9', uid: 'gone', owners: [] }] }, engine);
  for (const object of gone) await expect(applier.apply(object, { signal: deadline() })).rejects.toThrow(/uid|conflict/i);
});
