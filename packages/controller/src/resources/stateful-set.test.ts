import { ANNOTATIONS, LABELS, PILOT_ENV, PILOT_ONLY_ENV, PILOT_PATHS, PILOT_PORT } from '@navigator/api-types';
import { describe, expect, test } from 'vitest';
import { cassandra } from '../engines/cassandra/index.ts';
import { elasticsearch } from '../engines/elasticsearch/index.ts';
import { ENGINES } from '../engines/registry.ts';
import type { ControllerEngine } from '../engines/engine.ts';
import type { ClusterSnapshot } from '../snapshot.ts';
import { cassandraSnapshot, elasticsearchSnapshot, type SnapshotOptions } from '../testing/snapshots.ts';
import type { Container, PodSpec } from './pod-types.ts';
import { revisionOf } from './revision.ts';
import { buildStatefulSet } from './stateful-set.ts';

function built(snapshot: ClusterSnapshot, engine: ControllerEngine): ReturnType<typeof buildStatefulSet> {
  const [pool] = snapshot.cluster.spec.nodePools;
  if (!pool) throw new TypeError('no pool');
  return buildStatefulSet({ snapshot, engine, pool, replicas: 3, partition: 2 });
}

function podOf(options: SnapshotOptions = {}): PodSpec {
  const spec = built(elasticsearchSnapshot(options), elasticsearch).spec?.template.spec;
  if (!spec) throw new TypeError('no pod');
  return spec;
}

function databaseOf(options: SnapshotOptions = {}): Container {
  const [container] = podOf(options).containers;
  if (!container) throw new TypeError('no container');
  return container;
}

const withPool = (fields: Readonly<Record<string, unknown>>): SnapshotOptions => ({
  spec: { nodePools: [{ name: 'mixed', ...fields }] },
});

describe('StatefulSet', () => {
  const set = built(elasticsearchSnapshot(), elasticsearch);

  test('belongs to the cluster and carries its labels', () => {
    expect(set.metadata).toMatchObject({ name: 'es-demo-mixed', namespace: 'shop' });
    expect(set.metadata.labels).toMatchObject({
      [LABELS.managedBy]: 'navigator',
      [LABELS.instance]: 'demo',
      [LABELS.nodePool]: 'mixed',
    });
    expect(set.metadata.ownerReferences).toMatchObject([{ kind: 'ElasticsearchCluster', uid: 'uid-demo', controller: true }]);
  });

  test('starts pods in parallel, rolls by partition, keeps volumes whatever happens to it', () => {
    expect(set.spec).toMatchObject({
      replicas: 3,
      serviceName: 'es-demo-nodes',
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    });
  });

  test('selects its own pods only, and they bear what it selects', () => {
    const selector = set.spec?.selector.matchLabels ?? {};
    expect(Object.keys(selector).toSorted()).toEqual([LABELS.cluster, LABELS.kind, LABELS.nodePool].toSorted());
    expect(set.spec?.template.metadata?.labels).toMatchObject(selector);
  });

  test('what fills a folder of the database runs in its image, after the pilot was brought, and may write nothing else', () => {
    const spec = podOf({ spec: { plugins: ['analysis-icu'] } });
    const [pilot, plugins] = spec.initContainers ?? [];
    expect(pilot?.name).toBe('install-pilot');
    expect(plugins).toMatchObject({ name: 'install-plugins', image: spec.containers[0]?.image });
    expect(plugins?.volumeMounts?.map(({ mountPath }) => mountPath)).toEqual(['/usr/share/elasticsearch/plugins', '/tmp']);
    const mount = spec.containers[0]?.volumeMounts?.find(({ mountPath }) => mountPath === '/usr/share/elasticsearch/plugins');
    expect(mount).toMatchObject({ readOnly: true });
    expect(spec.volumes?.filter(({ name }) => name === mount?.name)).toHaveLength(1);
  });

  test('its template carries the revision and the roles', () => {
    const { cluster } = elasticsearchSnapshot();
    const [pool] = cluster.spec.nodePools;
    const revision = pool && revisionOf(cluster, pool, elasticsearch);
    expect(set.spec?.template.metadata?.annotations).toMatchObject({ [ANNOTATIONS.revision]: revision });
    expect(set.spec?.template.metadata?.labels).toMatchObject({
      'role.navigator.dev/master': 'true',
      'role.navigator.dev/data': 'true',
    });
  });

  test('its claims carry labels, the wanted size in canonical form, and the class if one is named', () => {
    const claim = built(elasticsearchSnapshot(withPool({ persistence: { size: '2048Mi' } })), elasticsearch).spec
      ?.volumeClaimTemplates?.[0];
    expect(claim).toMatchObject({
      metadata: { name: 'data', labels: { [LABELS.cluster]: 'demo', [LABELS.managedBy]: 'navigator' } },
    });
    expect(claim?.spec).toEqual({
      accessModes: ['ReadWriteOnce'],
      volumeMode: 'Filesystem',
      resources: { requests: { storage: '2Gi' } },
    });
    const named = built(elasticsearchSnapshot(withPool({ persistence: { storageClass: 'fast' } })), elasticsearch);
    expect(named.spec?.volumeClaimTemplates?.[0]?.spec?.storageClassName).toBe('fast');
  });

  test('without persistence the data lie in an emptyDir', () => {
    const set = built(elasticsearchSnapshot(withPool({ persistence: { enabled: false } })), elasticsearch);
    expect(set.spec).not.toHaveProperty('volumeClaimTemplates');
    expect(set.spec?.template.spec?.volumes).toContainEqual({ name: 'data', emptyDir: {} });
  });
});

describe.each(ENGINES.map((engine) => [engine.name, engine] as const))('the pod of %s', (_name, engine) => {
  const snapshot = engine === cassandra ? cassandraSnapshot() : elasticsearchSnapshot();
  const pod = built(snapshot, engine).spec?.template.spec;
  const containers = [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])];

  test('meets the Pod Security Standard restricted, with a read-only root', () => {
    expect(pod?.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(pod?.securityContext?.runAsUser).toBeGreaterThan(0);
    expect(containers).toHaveLength(2);
    for (const { securityContext } of containers) {
      expect(securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(securityContext?.capabilities?.add).toBeUndefined();
    }
    const kinds = (pod?.volumes ?? []).flatMap((volume) => Object.keys(volume).filter((key) => key !== 'name'));
    expect(kinds.every((kind) => kind === 'emptyDir' || kind === 'projected')).toBe(true);
  });

  test('mounts every volume that it has, and no volume twice at one place', () => {
    const claims = (built(snapshot, engine).spec?.volumeClaimTemplates ?? []).map(({ metadata }) => metadata?.name);
    const volumes = [...(pod?.volumes ?? []).map(({ name }) => name), ...claims];
    const mounts = containers.flatMap((container) => container.volumeMounts ?? []);
    expect(new Set(mounts.map(({ name }) => name))).toEqual(new Set(volumes));
    expect(new Set(volumes).size).toBe(volumes.length);
    const paths = (pod?.containers[0]?.volumeMounts ?? []).map(({ mountPath }) => mountPath);
    expect(new Set(paths).size).toBe(paths.length);
    expect(volumes.every((name) => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name ?? ''))).toBe(true);
  });

  test('has a token of its own, short-lived, and none unasked', () => {
    expect(pod).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
    const sources = pod?.volumes?.flatMap((volume) => volume.projected?.sources ?? []) ?? [];
    expect(sources.find((source) => source.serviceAccountToken)?.serviceAccountToken).toEqual({
      path: 'token',
      expirationSeconds: 3600,
    });
  });

  test('runs the stock image under tini and the pilot, which is told all that it asks for', () => {
    const [database] = pod?.containers ?? [];
    expect(database?.image).toBe(
      `${engine.describePod(snapshot.cluster, snapshot.cluster.spec.nodePools[0] ?? never()).repository}:${snapshot.cluster.spec.version}`,
    );
    expect(database?.command?.[0]).toBe(`${PILOT_PATHS.shared}/tini`);
    expect(database?.command?.at(-1)).toBe('run');
    expect(database?.env?.map(({ name }) => name).toSorted()).toEqual(
      [...Object.values(PILOT_ENV), ...Object.keys(PILOT_ONLY_ENV)].toSorted(),
    );
    expect(database?.ports).toContainEqual({ name: 'pilot', containerPort: PILOT_PORT, protocol: 'TCP' });
  });

  test('the pilot comes from its own image into a volume that the database can only read', () => {
    const [init] = pod?.initContainers ?? [];
    expect(init?.image).toBe(snapshot.settings.pilotImage);
    const [mount] = init?.volumeMounts ?? [];
    // Mounted at /navigator it would hide the files that are to be copied.
    expect(mount?.mountPath).not.toBe(PILOT_PATHS.shared);
    expect(init?.command?.at(-1)).toBe(mount?.mountPath);
    expect(pod?.containers[0]?.volumeMounts).toContainEqual({ name: mount?.name, mountPath: PILOT_PATHS.shared, readOnly: true });
  });
});

function never(): never {
  throw new TypeError('no pool');
}

describe('probes', () => {
  const { startupProbe, readinessProbe, livenessProbe } = databaseOf();

  test('a node that waits for its turn is not killed: only the pilot must be alive', () => {
    expect(startupProbe?.httpGet).toMatchObject({ path: '/livez', port: PILOT_PORT });
    expect((startupProbe?.periodSeconds ?? 0) * (startupProbe?.failureThreshold ?? 0)).toBeGreaterThanOrEqual(1800);
  });

  test('readiness is quick, liveness is slow', () => {
    expect(readinessProbe?.httpGet?.path).toBe('/readyz');
    expect(readinessProbe?.periodSeconds).toBeLessThanOrEqual(2);
    expect(livenessProbe?.httpGet?.path).toBe('/livez');
    expect((livenessProbe?.periodSeconds ?? 0) * (livenessProbe?.failureThreshold ?? 0)).toBeGreaterThanOrEqual(60);
  });
});

describe('what the user asks for', () => {
  test('zoneSpread Preferred spreads where there is room, Required insists, None does not care', () => {
    const constraints = (zoneSpread: string): unknown[] =>
      (podOf({ spec: { zoneSpread } }).topologySpreadConstraints ?? []).map((each) => [each.topologyKey, each.whenUnsatisfiable]);
    expect(constraints('Preferred')).toEqual([
      ['topology.kubernetes.io/zone', 'ScheduleAnyway'],
      ['kubernetes.io/hostname', 'ScheduleAnyway'],
    ]);
    expect(constraints('Required')).toEqual([
      ['topology.kubernetes.io/zone', 'DoNotSchedule'],
      ['kubernetes.io/hostname', 'DoNotSchedule'],
    ]);
    expect(podOf({ spec: { zoneSpread: 'None' } })).not.toHaveProperty('topologySpreadConstraints');
    expect(podOf({ spec: { zoneSpread: 'None' } })).not.toHaveProperty('affinity');
    expect(podOf().affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution).toHaveLength(1);
  });

  test('nodeSelector, tolerations and pullSecrets are passed on, and left out where empty', () => {
    const tolerations = [{ key: 'db', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }];
    const pod = podOf({
      spec: { image: { pullSecrets: ['mirror'] }, nodePools: [{ name: 'mixed', nodeSelector: { disk: 'ssd' }, tolerations }] },
    });
    expect(pod).toMatchObject({ nodeSelector: { disk: 'ssd' }, tolerations, imagePullSecrets: [{ name: 'mirror' }] });
    for (const field of ['nodeSelector', 'tolerations', 'imagePullSecrets']) expect(podOf()).not.toHaveProperty(field);
  });

  test('memory requests follow the limit, amounts are canonical', () => {
    expect(databaseOf().resources).toEqual({ requests: { cpu: '500m', memory: '2Gi' }, limits: { memory: '2Gi' } });
    const resources = { requests: { cpu: '0.25', memory: '1024Mi' }, limits: { cpu: '2000m', memory: '4096Mi' } };
    expect(databaseOf(withPool({ resources })).resources).toEqual({
      requests: { cpu: '250m', memory: '1Gi' },
      limits: { cpu: '2', memory: '4Gi' },
    });
  });

  test('another repository and pull policy', () => {
    const { image, imagePullPolicy } = databaseOf({ spec: { image: { repository: 'mirror.test/es', pullPolicy: 'Never' } } });
    expect([image, imagePullPolicy]).toEqual(['mirror.test/es:8.15.0', 'Never']);
  });
});
