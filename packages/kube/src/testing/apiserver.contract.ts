import { beforeAll, describe, expect, test } from 'vitest';
import { type ConfigMap, ConfigMaps, type StatefulSet, StatefulSets } from '../builtin-resources.ts';
import { KubeClient, type WatchEvent } from '../client.ts';
import type { KubeObject } from '../object.ts';
import type { Transport } from '../transport.ts';

/**
 * What the runtime relies on in an API server. The fake one and a real one must both hold it: that is how the fake's
 * fidelity is known. `namespace` exists and is empty.
 */
export function describeApiServer(name: string, connect: () => Promise<{ transport: Transport; namespace: string }>): void {
  const signal = new AbortController().signal;
  let us: KubeClient;
  let human: KubeClient;
  let namespace: string;
  let number = 0;

  beforeAll(async () => {
    const connected = await connect();
    us = new KubeClient(connected.transport, { fieldManager: 'navigator-controller' });
    human = new KubeClient(connected.transport, { fieldManager: 'kubectl' });
    ({ namespace } = connected);
  });

  function configMap(data: Record<string, string>, metadata: Partial<ConfigMap['metadata']> = {}): ConfigMap {
    number += 1;
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name: `c-${number}`, ...metadata }, data };
  }

  function statefulSet(fields: Record<string, unknown> = {}): StatefulSet {
    number += 1;
    const labels = { app: `s-${number}` };
    const containers = [{ name: 'a', image: 'a:1' }];
    const spec = {
      serviceName: 's',
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    };
    const metadata = { namespace, name: `s-${number}` };
    return { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata, spec: { ...spec, ...fields } } as StatefulSet;
  }

  async function codeOf(call: Promise<unknown>): Promise<string> {
    try {
      await call;
      return 'ok';
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : String(error);
    }
  }

  describe(`${name}`, () => {
    test('errors: not found, already exists', async () => {
      const object = configMap({});
      expect(await codeOf(us.get(ConfigMaps, object.metadata, signal))).toBe('KUBE_NOT_FOUND');
      await us.create(ConfigMaps, object, signal);
      expect(await codeOf(us.create(ConfigMaps, object, signal))).toBe('KUBE_ALREADY_EXISTS');
    });

    test('deletion: uid and resourceVersion are preconditions', async () => {
      const made = await us.create(ConfigMaps, configMap({}), signal);
      const { uid = '', resourceVersion } = made.metadata;
      expect(await codeOf(us.delete(ConfigMaps, made.metadata, { uid: 'other' }, signal))).toBe('KUBE_CONFLICT');
      await human.mergePatch(ConfigMaps, made.metadata, { body: { data: { a: '1' } } }, signal);
      expect(await codeOf(us.delete(ConfigMaps, made.metadata, { uid, resourceVersion }, signal))).toBe('KUBE_CONFLICT');
      expect(await codeOf(us.delete(ConfigMaps, made.metadata, { uid }, signal))).toBe('ok');
      expect(await codeOf(us.delete(ConfigMaps, made.metadata, { uid }, signal))).toBe('KUBE_NOT_FOUND');
    });

    test('deletion: a finalizer holds the object until it is taken away', async () => {
      const made = await us.create(ConfigMaps, configMap({}, { finalizers: ['navigator.dev/test'] }), signal);
      await us.delete(ConfigMaps, made.metadata, { uid: made.metadata.uid ?? '' }, signal);
      const going = await us.get(ConfigMaps, made.metadata, signal);
      expect(going.metadata.deletionTimestamp).toBeDefined();
      await us.mergePatch(ConfigMaps, made.metadata, { body: { metadata: { finalizers: null } } }, signal);
      expect(await codeOf(us.get(ConfigMaps, made.metadata, signal))).toBe('KUBE_NOT_FOUND');
    });

    test('apply: creates, is a no-op the second time, removes what it no longer gives, leaves what others own', async () => {
      const object = configMap({ a: '1', b: '2' });
      const made = await us.apply(ConfigMaps, object, signal);
      const again = await us.apply(ConfigMaps, object, signal);
      expect(again.metadata.resourceVersion).toBe(made.metadata.resourceVersion);
      await human.mergePatch(ConfigMaps, object.metadata, { body: { data: { theirs: 'x' } } }, signal);
      const less = await us.apply(ConfigMaps, { ...object, data: { a: '1' } }, signal);
      expect(less.data).toEqual({ a: '1', theirs: 'x' });
    });

    test('apply: a field that somebody edited is taken back', async () => {
      const object = configMap({ a: '1' });
      await us.apply(ConfigMaps, object, signal);
      await human.mergePatch(ConfigMaps, object.metadata, { body: { data: { a: 'edited' } } }, signal);
      expect((await us.apply(ConfigMaps, object, signal)).data).toEqual({ a: '1' });
    });

    test('apply: an edited field that we then give up stays as it was edited', async () => {
      const object = configMap({ a: '1', b: '2' });
      await us.apply(ConfigMaps, object, signal);
      await human.mergePatch(ConfigMaps, object.metadata, { body: { data: { b: 'edited' } } }, signal);
      expect((await us.apply(ConfigMaps, { ...object, data: { a: '1' } }, signal)).data).toEqual({ a: '1', b: 'edited' });
    });

    test('apply: the uid is a precondition, for existing and for missing objects', async () => {
      const made = await us.apply(ConfigMaps, configMap({ a: '1' }), signal);
      const uid = '11111111-1111-4111-8111-111111111111';
      const stale = { ...made, metadata: { namespace, name: made.metadata.name, uid } };
      expect(await codeOf(us.apply(ConfigMaps, stale, signal))).toBe('KUBE_CONFLICT');
      await us.delete(ConfigMaps, made.metadata, { uid: made.metadata.uid ?? '' }, signal);
      expect(await codeOf(us.apply(ConfigMaps, stale, signal))).toBe('KUBE_CONFLICT');
    });

    test('apply: what shall be new is created, and a namesake is not touched', async () => {
      const object = configMap({ a: '1' });
      const made = await us.applyNew(ConfigMaps, object, signal);
      expect(made.data).toEqual({ a: '1' });
      expect(await codeOf(us.applyNew(ConfigMaps, object, signal))).toBe('KUBE_CONFLICT');
      expect((await us.get(ConfigMaps, object.metadata, signal)).metadata.resourceVersion).toBe(made.metadata.resourceVersion);
      // It is ours by Apply: what a later one does not give goes away.
      expect((await us.apply(ConfigMaps, { ...object, data: { b: '2' } }, signal)).data).toEqual({ b: '2' });
      const uid = '11111111-1111-4111-8111-111111111111';
      expect(await codeOf(us.applyNew(ConfigMaps, configMap({}, { uid }), signal))).toBe('KUBE_CONFLICT');
    });

    test('apply: containers are merged by name, in our order', async () => {
      const object = statefulSet();
      await us.apply(StatefulSets, object, signal);
      const sidecar = { name: 'sidecar', image: 's:1' };
      const path = { spec: { template: { spec: { containers: [{ name: 'a', image: 'edited:1' }, sidecar] } } } };
      await human.mergePatch(StatefulSets, object.metadata, { body: path }, signal);
      const { spec } = await us.apply(StatefulSets, object, signal);
      expect(spec?.template.spec?.containers).toMatchObject([{ name: 'a', image: 'a:1' }, sidecar]);
    });

    test('apply: a StatefulSet that shall have other claim templates is refused as a whole', async () => {
      const claims = (storageClassName: string) => {
        const resources = { requests: { storage: '1Gi' } };
        const spec = { accessModes: ['ReadWriteOnce'], volumeMode: 'Filesystem', storageClassName, resources };
        return { volumeClaimTemplates: [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' }, spec }] };
      };
      const object = statefulSet(claims('fast'));
      await us.apply(StatefulSets, object, signal);
      const other = { ...object, spec: { ...object.spec, ...claims('slow'), replicas: 2 } } as StatefulSet;
      expect(await codeOf(us.apply(StatefulSets, other, signal))).toBe('KUBE_INVALID');
      const none = { ...object, spec: { ...object.spec, volumeClaimTemplates: undefined } } as unknown as StatefulSet;
      expect(await codeOf(us.apply(StatefulSets, none, signal))).toBe('KUBE_INVALID');
      expect((await us.get(StatefulSets, object.metadata, signal)).spec?.replicas).toBe(1);
    });

    test('generation rises with the spec, not with metadata, status or no-ops', async () => {
      const object = statefulSet();
      const generations = [(await us.apply(StatefulSets, object, signal)).metadata.generation];
      generations.push((await us.apply(StatefulSets, object, signal)).metadata.generation);
      generations.push(
        (await human.mergePatch(StatefulSets, object.metadata, { body: { metadata: { labels: { x: 'y' } } } }, signal)).metadata
          .generation,
      );
      const status = { ...object, spec: undefined, status: { replicas: 1 } } as unknown as StatefulSet;
      generations.push((await us.applyStatus(StatefulSets, status, signal)).metadata.generation);
      generations.push(
        (await human.mergePatch(StatefulSets, object.metadata, { body: { spec: { replicas: 5 } } }, signal)).metadata.generation,
      );
      expect(generations).toEqual([1, 1, 1, 1, 2]);
    });

    test('status and spec do not write each other', async () => {
      const object = statefulSet();
      await us.apply(StatefulSets, { ...object, status: { replicas: 9 } } as StatefulSet, signal);
      expect((await us.get(StatefulSets, object.metadata, signal)).status?.replicas ?? 0).toBe(0);
      const both = {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata: object.metadata,
        status: { replicas: 3 },
      } as unknown as StatefulSet;
      const after = await us.applyStatus(StatefulSets, both, signal);
      expect([after.status?.replicas, after.spec?.replicas]).toEqual([3, 1]);
      expect(await codeOf(us.applyStatus(StatefulSets, { ...both, metadata: { namespace, name: 'missing' } }, signal))).toBe(
        'KUBE_NOT_FOUND',
      );
    });

    test('merge patch: resourceVersion is a precondition, null removes', async () => {
      const made = await us.create(ConfigMaps, configMap({ a: '1', b: '2' }), signal);
      const { resourceVersion } = made.metadata;
      const after = await us.mergePatch(
        ConfigMaps,
        made.metadata,
        { body: { metadata: { resourceVersion }, data: { a: null } } },
        signal,
      );
      expect(after.data).toEqual({ b: '2' });
      const stale = us.mergePatch(
        ConfigMaps,
        made.metadata,
        { body: { metadata: { resourceVersion }, data: { c: '3' } } },
        signal,
      );
      expect(await codeOf(stale)).toBe('KUBE_CONFLICT');
    });

    test('watch: resumes after a resourceVersion, and an object that leaves the selection is DELETED', async () => {
      const { resourceVersion } = await us.list(ConfigMaps, { namespace }, signal);
      const made = await us.create(ConfigMaps, configMap({}, { labels: { team: 'red' } }), signal);
      await us.create(ConfigMaps, configMap({}), signal);
      await human.mergePatch(ConfigMaps, made.metadata, { body: { data: { a: '1' } } }, signal);
      await human.mergePatch(ConfigMaps, made.metadata, { body: { metadata: { labels: { team: 'blue' } } } }, signal);
      const events = await firstEvents(us, { namespace, labelSelector: 'team=red', resourceVersion }, 3);
      expect(events.map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual([
        `ADDED ${made.metadata.name}`,
        `MODIFIED ${made.metadata.name}`,
        `DELETED ${made.metadata.name}`,
      ]);
      // The server sends the last state that was in the selection, at the revision at which it left.
      const last = events.at(-1)?.object;
      expect(last?.metadata.labels).toEqual({ team: 'red' });
      expect(last?.metadata.resourceVersion).toBe((await us.get(ConfigMaps, made.metadata, signal)).metadata.resourceVersion);
    });

    test('list: selectors, and items of built-in kinds get their kind back', async () => {
      const made = await us.create(ConfigMaps, configMap({}, { labels: { chosen: 'yes' } }), signal);
      for (const options of [
        { labelSelector: 'chosen=yes' },
        { labelSelector: 'chosen in (yes,no)' },
        { fieldSelector: `metadata.name=${made.metadata.name}` },
      ]) {
        const { items } = await us.list(ConfigMaps, { namespace, ...options }, signal);
        expect(items.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([`ConfigMap ${made.metadata.name}`]);
      }
    });

    test('a watch from before the beginning of memory is told so', async () => {
      const events = await firstEvents(us, { namespace, resourceVersion: '1' }, 1).catch((error: unknown) => [error]);
      const [first] = events;
      const isGone =
        first instanceof Error ? 'code' in first && first.code === 'KUBE_GONE' : (first as WatchEvent).object['code'] === 410;
      // A young etcd has not forgotten anything yet; then the events come from the beginning.
      expect(isGone || (first as WatchEvent).type === 'ADDED').toBe(true);
    });
  });

  async function firstEvents(
    client: KubeClient,
    options: { namespace: string; labelSelector?: string; resourceVersion: string },
    count: number,
  ): Promise<WatchEvent[]> {
    const stop = new AbortController();
    const lines = await client.watch(
      ConfigMaps,
      { ...options, timeoutSeconds: 20 },
      AbortSignal.any([stop.signal, AbortSignal.timeout(10_000)]),
    );
    const events: WatchEvent[] = [];
    for await (const line of lines) {
      const event = line as WatchEvent & { object: KubeObject };
      if (event.type !== 'BOOKMARK') events.push(event);
      if (events.length === count) break;
    }
    stop.abort();
    return events;
  }
}
