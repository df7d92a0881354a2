import { ANNOTATIONS, childName, type PilotStatus } from '@navigator/api-types';
import { describe, expect, test } from 'vitest';
import { canonicalJson, revisionOf } from '../resources/revision.ts';
import type { ClusterSnapshot, ClusterSpecBase, NodePoolBase } from '../snapshot.ts';
import { withHanging } from '../testing/pods.ts';
import { iso, mapNodes, nodeOf, nodesOf, NOW, withoutPod, withPilotStatus, type SnapshotOptions } from '../testing/snapshots.ts';
import type { ControllerEngine } from './engine.ts';

/** What the suite needs to know of an engine. */
export interface Subject<Spec extends ClusterSpecBase> {
  readonly engine: ControllerEngine<Spec>;
  /** Snapshots of its kind; see testing/snapshots.ts. */
  readonly snapshot: (options?: SnapshotOptions) => ClusterSnapshot<Spec>;
  /** A version that is newer than the default one of the snapshots. */
  readonly newerVersion: string;
}

/** What holds for every engine. Each engine's test runs it. */
export function describeEngine<Spec extends ClusterSpecBase>(subject: Subject<Spec>): void {
  describe(`${subject.engine.name} as an engine`, () => {
    describeShape(subject);
    describeRevision(subject);
    describeBootstrap(subject);
    describeTruth(subject);
  });
}

function firstPool(snapshot: ClusterSnapshot): NodePoolBase {
  const pool = snapshot.cluster.spec.nodePools[0];
  if (!pool) throw new TypeError('the snapshot has no pool');
  return pool;
}

function describeShape<Spec extends ClusterSpecBase>({ engine, snapshot }: Subject<Spec>): void {
  const healthy = snapshot();
  const pod = engine.describePod(healthy.cluster, firstPool(healthy));

  test('the healthy cluster of the tests is valid', () => {
    expect(engine.validate(healthy.cluster)).toEqual([]);
  });

  test('its pod does not run as root and holds folders of its own', () => {
    expect(pod.uid).toBeGreaterThan(0);
    const folders = [pod.data.mountPath, ...pod.writable];
    expect(folders.every((folder) => folder.startsWith('/'))).toBe(true);
    expect(new Set(folders).size).toBe(folders.length);
  });

  test('every port of the NetworkPolicy is a port of the pod', () => {
    const ports = pod.ports.map((port) => port.containerPort);
    expect(ports).toEqual(expect.arrayContaining([...engine.ports.client, ...engine.ports.peer]));
    expect(pod.ports.every(({ name }) => /^[a-z0-9-]{1,15}$/.test(name))).toBe(true);
  });

  test('the pilot gets its configuration as JSON', () => {
    expect(JSON.parse(JSON.stringify(pod.pilotConfig))).toEqual(pod.pilotConfig);
  });

  test('its headless Service names pods that are not ready, and clients get a Service of ready ones', () => {
    const services = engine.buildObjects(healthy.cluster).filter((object) => object.kind === 'Service');
    const nodes = services.find(({ metadata }) => metadata.name === childName(engine.childPrefix, healthy.cluster.name, 'nodes'));
    expect(nodes?.['spec']).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true });
    const others = services.filter((service) => service !== nodes);
    expect(others.length).toBeGreaterThan(0);
    for (const service of others) expect(service['spec']).not.toHaveProperty('publishNotReadyAddresses');
  });

  test('every pool is rolled once', () => {
    const order = engine.rollOrder(healthy);
    expect(order.toSorted()).toEqual(healthy.pools.map((pool) => pool.name).toSorted());
  });
}

function describeRevision<Spec extends ClusterSpecBase>({ engine, snapshot, newerVersion }: Subject<Spec>): void {
  const revision = (options?: SnapshotOptions): string => {
    const { cluster } = snapshot(options);
    return revisionOf(cluster, firstPool({ ...snapshot(options), cluster }), engine);
  };
  const poolName = firstPool(snapshot()).name;
  const pool = (fields: Readonly<Record<string, unknown>>): SnapshotOptions => ({
    spec: { nodePools: [{ name: poolName, ...fields }] },
  });

  test.each<[string, SnapshotOptions]>([
    ['version', { spec: { version: newerVersion } }],
    ['image.repository', { spec: { image: { repository: 'mirror.test/db' } } }],
    ['image.pullSecrets', { spec: { image: { pullSecrets: ['mirror'] } } }],
    ['zoneSpread', { spec: { zoneSpread: 'Required' } }],
    ['resources', pool({ resources: { limits: { memory: '4Gi' } } })],
    ['nodeSelector', pool({ nodeSelector: { disk: 'ssd' } })],
    ['tolerations', pool({ tolerations: [{ key: 'db', operator: 'Exists' }] })],
  ])('a change of %s needs new pods', (_field, options) => {
    expect(revision(options)).not.toBe(revision());
  });

  test.each<[string, SnapshotOptions]>([
    ['replicas', pool({ replicas: 5 })],
    ['paused', { spec: { paused: true } }],
    ['volumeReclaimPolicy', { spec: { volumeReclaimPolicy: 'Delete' } }],
    ['how an amount is written', pool({ resources: { limits: { memory: '2048Mi' } } })],
    ['what the user writes out although it is the default', pool({ nodeSelector: {}, tolerations: [] })],
  ])('a change of %s needs none', (_field, options) => {
    expect(revision(options)).toBe(revision());
  });

  test('nothing of Navigator itself is part of it', () => {
    const { cluster } = snapshot();
    const inputs = canonicalJson(engine.revisionInputs(cluster, firstPool(snapshot())));
    expect(inputs).not.toContain(snapshot().settings.pilotImage);
    expect(inputs).not.toContain(cluster.uid);
  });
}

function describeBootstrap<Spec extends ClusterSpecBase>({ engine, snapshot }: Subject<Spec>): void {
  test('the cluster is formed by nodes that the spec asks for', () => {
    const fresh = snapshot({ exists: false });
    const names = nodesOf(fresh).map((node) => node.name);
    const members = engine.initialMembers(fresh);
    expect(members.length).toBeGreaterThan(0);
    expect(names).toEqual(expect.arrayContaining([...members]));
  });

  test('before it has formed nothing is known and nothing is added', () => {
    const fresh = snapshot({ exists: false });
    expect(engine.clusterId(fresh)).toBeUndefined();
    expect(engine.health(fresh).health).toBe('Unknown');
    for (const pool of fresh.pools) expect(engine.mayScaleOut(fresh, pool.name).pass).toBe(false);
  });

  test('a node that forms the cluster may start while there is none', () => {
    const fresh = snapshot({ exists: false });
    const [first] = engine.initialMembers(fresh);
    const node = nodesOf(fresh).find(({ name }) => name === first);
    expect(node && engine.mayStart(fresh, node)).toEqual({ pass: true });
  });

  test('once it has formed, its identity is known and stays', () => {
    const healthy = snapshot();
    expect(engine.clusterId(healthy)).toBe(healthy.cluster.annotations[ANNOTATIONS.clusterId]);
  });

  test('seeds are nodes of the cluster, and the same whatever the health', () => {
    const healthy = snapshot();
    const seeds = engine.seeds(healthy);
    const names = nodesOf(healthy).map((node) => node.name);
    expect(seeds.length).toBeGreaterThan(0);
    expect(names).toEqual(expect.arrayContaining([...seeds]));
    const [first = ''] = seeds;
    expect(engine.seeds(withoutPod(healthy, first))).toEqual(seeds);
    // All pods at once, their new pilots knowing nothing yet.
    const amnesia = mapNodes(healthy, (node) =>
      node.pilot ? { ...node, pilot: { ...node.pilot, status: { observedGeneration: -1 } } } : node,
    );
    expect(engine.seeds(amnesia)).toEqual(seeds);
  });
}

type Change = <Spec extends ClusterSpecBase>(healthy: ClusterSnapshot<Spec>) => ClusterSnapshot<Spec>;

function everyStatus(status: Partial<PilotStatus>): Change {
  return (healthy) => nodesOf(healthy).reduce((changed, node) => withPilotStatus(changed, node.name, status), healthy);
}

function nameOf(healthy: ClusterSnapshot, index: number): string {
  return nodesOf(healthy)[index]?.name ?? '';
}

/** Changes what the pilot of the second node says. */
function withOne<Spec extends ClusterSpecBase>(
  given: ClusterSnapshot<Spec>,
  status: Partial<PilotStatus>,
): ClusterSnapshot<Spec> {
  return withPilotStatus(given, nameOf(given, 1), status);
}

function withReadyPod<Spec extends ClusterSpecBase>(given: ClusterSnapshot<Spec>): ClusterSnapshot<Spec> {
  return mapNodes(given, (node) => (node.pod === undefined ? node : { ...node, pod: { ...node.pod, ready: true } }));
}

/** Nothing old, partial or contradictory is ever taken for well. */
function describeTruth<Spec extends ClusterSpecBase>({ engine, snapshot }: Subject<Spec>): void {
  const mayRestart = (given: ClusterSnapshot<Spec>): boolean[] =>
    nodesOf(given).map((node) => engine.mayRestart(given, node).pass);

  test('when all is well, everything may go on', () => {
    const healthy = snapshot();
    expect(engine.health(healthy)).toEqual({ health: 'Green', message: '' });
    expect(new Set(mayRestart(healthy))).toEqual(new Set([true]));
    expect(engine.mayLoseOne(healthy)).toBe(true);
    for (const pool of healthy.pools) expect(engine.mayScaleOut(healthy, pool.name)).toEqual({ pass: true });
  });

  const unknown: [string, Change][] = [
    ['no pilot has reported for three minutes', everyStatus({ heartbeatTime: iso(NOW - 180_000) })],
    ['every report is of an earlier pod', everyStatus({ podUid: 'earlier' })],
    ['no pilot has ever reported', everyStatus({ heartbeatTime: undefined })],
    ['nobody has a view', everyStatus({ view: undefined })],
    ['every process has ended', everyStatus({ phase: 'Failed', health: 'Unhealthy' })],
  ];
  test.each(unknown)('health is Unknown when %s', (_name, change) => {
    const given = change(snapshot());
    expect(engine.health(given).health).toBe('Unknown');
    expect(engine.health(given).message).not.toBe('');
    expect(engine.clusterId(given)).toBeUndefined();
  });

  const notWell: [string, Change][] = [
    ...unknown,
    ['every process is younger than what is said of it', everyStatus({ process: { startedAt: iso(NOW - 2_000), restarts: 1 } })],
    ['a pod is gone', (healthy) => withoutPod(healthy, nameOf(healthy, 1))],
    ['the first pod is gone', (healthy) => withoutPod(healthy, nameOf(healthy, 0))],
    ['a new pod has not reported', (healthy) => withPilotStatus(healthy, nameOf(healthy, 1), { podUid: 'earlier' })],
    [
      'a node waits to start',
      (healthy) => withPilotStatus(healthy, nameOf(healthy, 1), { phase: 'Waiting', health: 'Unhealthy' }),
    ],
    [
      'a process started again after the last report of its peers',
      (healthy) => withPilotStatus(healthy, nameOf(healthy, 1), { process: { startedAt: iso(NOW - 3_000), restarts: 1 } }),
    ],
  ];
  test.each(notWell)('nothing is restarted or added, and health is not Green, when %s', (_name, change) => {
    const given = change(snapshot());
    expect(engine.health(given).health).not.toBe('Green');
    expect(new Set(mayRestart(given))).toEqual(new Set([false]));
    expect(nodesOf(given).some((node) => engine.waitsInVain(given, node))).toBe(false);
    for (const pool of given.pools) expect(engine.mayScaleOut(given, pool.name).pass).toBe(false);
    expect(engine.mayLoseOne(given)).toBe(false);
  });

  test.each(notWell)('nobody leaves for good, nor loses a volume, when %s', (_name, change) => {
    const given = change(snapshot());
    for (const node of nodesOf(given)) {
      expect(engine.mayLeave(given, node).pass).toBe(false);
      expect(engine.hasLeft(given, node).pass).toBe(false);
      expect(engine.mayReplace(given, node).pass).toBe(false);
    }
  });

  test('a node that serves has not left, however well all is', () => {
    const healthy = snapshot();
    for (const node of nodesOf(healthy)) {
      expect(engine.hasLeft(healthy, node).pass).toBe(false);
      expect(engine.mayReplace(healthy, node).pass).toBe(false);
    }
  });

  test('at rest nothing is ordered', () => {
    const healthy = snapshot();
    expect(nodesOf(healthy).flatMap((node) => engine.orders(healthy, node) ?? [])).toEqual([]);
  });

  const hanging = (): ClusterSnapshot<Spec> => withHanging(snapshot(), nameOf(snapshot(), 1));
  const waitsInVain = (given: ClusterSnapshot<Spec>): boolean => engine.waitsInVain(given, nodeOf(given, nameOf(given, 1)));

  test('a node that has been starting for long, and that nobody sees, waits in vain', () => {
    expect(waitsInVain(hanging())).toBe(true);
    expect(nodesOf(hanging()).filter((node) => engine.waitsInVain(hanging(), node))).toHaveLength(1);
  });

  const mayServeYet: [string, Change][] = [
    ['it has not had two minutes', (given) => withOne(given, { process: { startedAt: iso(NOW - 110_000), restarts: 0 } })],
    [
      'nobody has told since',
      (given) => ({ ...withOne(given, { process: { startedAt: iso(NOW - 110_000), restarts: 0 } }), now: NOW + 20_000 }),
    ],
    ['its pilot cannot look', (given) => withOne(given, { health: 'Unknown' })],
    ['its process is not known', (given) => withOne(given, { process: undefined })],
    ['its pilot is silent', (given) => withOne(given, { heartbeatTime: iso(NOW - 180_000) })],
    ['the report is of an earlier pod', (given) => withOne(given, { podUid: 'earlier' })],
    ['it has not been told to start', (given) => withOne(given, { phase: 'Waiting' })],
    ['it has served since its process began', (given) => withOne(given, { phase: 'Running' })],
    ['it is being stopped', (given) => withOne(given, { phase: 'Draining' })],
    ['its pod has become ready meanwhile', (given) => withReadyPod(given)],
  ];
  test.each(mayServeYet)('nobody waits in vain when %s', (_name, change) => {
    expect(waitsInVain(change(hanging()))).toBe(false);
  });

  test('a shut guard names what is in the way and says when to look again', () => {
    const healthy = snapshot();
    const given = withPilotStatus(healthy, nameOf(healthy, 1), { podUid: 'earlier' });
    const [node] = nodesOf(given);
    const guard = node && engine.mayRestart(given, node);
    expect(guard).toMatchObject({ pass: false, hold: { message: expect.stringContaining(nameOf(healthy, 1)) } });
    expect(guard?.pass === false && guard.hold.recheckAfterMs).toBeGreaterThan(0);
  });

  test('its words for kubectl get count what is well', () => {
    const healthy = snapshot();
    const counts = Object.values(engine.summarize(healthy)).filter((value) => typeof value === 'string');
    expect(counts.every((count) => /^(\d+)\/\1$/.test(count))).toBe(true);
    const less = Object.values(engine.summarize(withoutPod(healthy, nameOf(healthy, 1)))).filter(
      (value) => typeof value === 'string',
    );
    expect(less).not.toEqual(counts);
  });

  test('reports are judged by the snapshot, not by the clock of the machine', () => {
    const later = { ...snapshot(), now: NOW + 10 * 60_000 };
    expect(engine.health(later).health).toBe('Unknown');
  });
}
