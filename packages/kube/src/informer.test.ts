import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ConfigMap, ConfigMaps } from './builtin-resources.ts';
import { KubeClient, type WatchEvent } from './client.ts';
import { Informer, type InformerOptions } from './informer.ts';
import { FakeApiServer } from './testing/fake-apiserver.ts';
import { FakeClock, settle } from './testing/fake-clock.ts';
import type { MemoryTransport } from './testing/memory-transport.ts';

interface World {
  readonly clock: FakeClock;
  readonly server: FakeApiServer;
  readonly transport: MemoryTransport;
  readonly informer: Informer<ConfigMap>;
  readonly stop: AbortController;
}

function world(options: Partial<InformerOptions<ConfigMap>> = {}): World {
  const clock = new FakeClock();
  const server = new FakeApiServer({ clock });
  const transport = server.transport();
  const client = new KubeClient(transport, { fieldManager: 'test', clock });
  const informer = new Informer({ client, resource: ConfigMaps, clock, random: () => 0, ...options });
  return { clock, server, transport, informer, stop: new AbortController() };
}

async function started(options: Partial<InformerOptions<ConfigMap>> = {}): Promise<World> {
  const made = world(options);
  void made.informer.start(made.stop.signal);
  await settle();
  return made;
}

function configMap(name: string, value = '1', labels: Record<string, string> = {}): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'x', labels }, data: { value } };
}

function withVersion(event: WatchEvent, resourceVersion: string): WatchEvent {
  return { ...event, object: { ...event.object, metadata: { ...event.object.metadata, resourceVersion } } };
}

function log(informer: Informer<ConfigMap>): string[] {
  const lines: string[] = [];
  informer.addHandler({
    add: (object) => lines.push(`add ${object.metadata.name}`),
    update: (old, object) => lines.push(`update ${object.metadata.name} ${old.data?.['value']}→${object.data?.['value']}`),
    delete: (object) => lines.push(`delete ${object.metadata.name}`),
  });
  return lines;
}

function contents(objects: readonly ConfigMap[]): string[] {
  return objects
    .map((object) => `${object.metadata.name}=${object.data?.['value']}@${object.metadata.resourceVersion}`)
    .toSorted();
}

test('what an event did not change stays the same object, also over a new list', async () => {
  const { informer, server, transport } = await started();
  const ref = { namespace: 'x', name: 'a' };
  server.seed(ConfigMaps, configMap('a', '1', { team: 'red' }));
  await settle();
  const before = informer.lister.get('x', 'a');
  server.edit(ConfigMaps, ref, (draft) => (draft.metadata.labels = { team: 'blue' }));
  await settle();
  const after = informer.lister.get('x', 'a');
  expect(after?.metadata.labels).toEqual({ team: 'blue' });
  expect(after?.data).toBe(before?.data);
  expect(after?.metadata.managedFields).toBeUndefined();
  server.edit(ConfigMaps, ref, (draft) => (draft.metadata.labels = { team: 'green' }));
  server.store.compact();
  transport.breakWatches();
  await settle();
  expect(informer.lister.get('x', 'a')?.data).toBe(before?.data);
});

test('objects that are much alike share their parts, and each says what it said', async () => {
  const { informer, server } = await started({ alike: true });
  server.seed(ConfigMaps, configMap('a', 'same', { team: 'red' }));
  server.seed(ConfigMaps, configMap('b', 'same', { team: 'blue' }));
  await settle();
  const [a, b] = ['a', 'b'].map((name) => informer.lister.get('x', name));
  expect(b?.data).toBe(a?.data);
  expect([a?.metadata.name, a?.metadata.labels, b?.metadata.name, b?.metadata.labels]).toEqual([
    'a',
    { team: 'red' },
    'b',
    { team: 'blue' },
  ]);
});

test('two handlers share one watch, a late one is told what is there, and a throw reaches nobody else', async () => {
  const { informer, server, transport } = await started();
  const seen: string[] = [];
  informer.addHandler({
    add() {
      throw new Error('a bad handler');
    },
  });
  const lines = log(informer);
  server.seed(ConfigMaps, configMap('a'));
  await settle();
  informer.addHandler({ add: (object) => seen.push(object.metadata.name) });
  expect(lines).toEqual(['add a']);
  expect(seen).toEqual(['a']);
  expect(transport.requests.total(({ verb }) => verb === 'watch')).toBe(1);
});

test('objects are frozen and without managedFields; deletions and updates carry what was', async () => {
  const { informer, server } = await started();
  const lines = log(informer);
  server.seed(ConfigMaps, configMap('a'));
  await settle();
  const cached = informer.lister.get('x', 'a');
  expect(cached?.metadata.managedFields).toBeUndefined();
  expect(() => Object.assign(cached?.data ?? {}, { value: 'changed' })).toThrow(TypeError);
  server.edit(ConfigMaps, { namespace: 'x', name: 'a' }, (draft) => (draft.data = { value: '2' }));
  server.remove(ConfigMaps, { namespace: 'x', name: 'a' });
  await settle();
  expect(lines).toEqual(['add a', 'update a 1→2', 'delete a']);
});

test('an indexer or transform that throws spoils one object, not the watch', async () => {
  const fussy = (object: ConfigMap): string[] => {
    if (object.metadata.name === 'odd') throw new Error('what is this?');
    return ['even'];
  };
  const { informer, server } = await started({
    indexers: { fussy },
    transform: (object) => ({ ...object, keys: fussy(object) }),
  });
  server.seed(ConfigMaps, configMap('odd'));
  server.seed(ConfigMaps, configMap('a'));
  await settle();
  expect(informer.lister.list()).toHaveLength(2);
  expect(informer.lister.byIndex('fussy', 'even').map(({ metadata }) => metadata.name)).toEqual(['a']);
});

test('not synced before the first list; waitForSync ends with its signal', async () => {
  const { informer, stop, transport } = world();
  transport.faults = { onCall: () => ({ fault: 'error', status: 500 }) };
  void informer.start(stop.signal);
  await settle();
  expect(informer.hasSynced()).toBe(false);
  await expect(informer.waitForSync(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
});

test('the first list is tried again with growing pauses until it succeeds', async () => {
  const { informer, stop, transport, clock } = world();
  transport.faults = { onCall: ({ number }) => (number <= 4 ? { fault: 'error', status: 500 } : undefined) };
  void informer.start(stop.signal);
  const pauses: (number | undefined)[] = [];
  for (let failure = 0; failure < 4; failure += 1) {
    await settle();
    pauses.push(clock.nextInMs);
    await clock.advanceToNext();
  }
  await settle();
  expect(pauses).toEqual([800, 1600, 3200, 6400]);
  expect(informer.hasSynced()).toBe(true);
});

test('indexes follow updates and deletions', async () => {
  const { informer, server } = await started({ indexers: { byTeam: (object) => [object.metadata.labels?.['team'] ?? ''] } });
  server.seed(ConfigMaps, configMap('a', '1', { team: 'red' }));
  server.seed(ConfigMaps, configMap('b', '1', { team: 'red' }));
  await settle();
  expect(informer.lister.byIndex('byTeam', 'red')).toHaveLength(2);
  server.edit(ConfigMaps, { namespace: 'x', name: 'a' }, (draft) => (draft.metadata.labels = { team: 'blue' }));
  server.remove(ConfigMaps, { namespace: 'x', name: 'b' });
  await settle();
  expect(informer.lister.byIndex('byTeam', 'red')).toHaveLength(0);
  expect(informer.lister.byIndex('byTeam', 'blue').map(({ metadata }) => metadata.name)).toEqual(['a']);
  expect(informer.lister.list('x')).toHaveLength(1);
  expect(informer.lister.list('y')).toHaveLength(0);
});

test('an object that leaves the label selection is deleted for us', async () => {
  const { informer, server } = await started({ labelSelector: 'ours=yes' });
  const lines = log(informer);
  server.seed(ConfigMaps, configMap('foreign'));
  server.seed(ConfigMaps, configMap('a', '1', { ours: 'yes' }));
  await settle();
  server.edit(ConfigMaps, { namespace: 'x', name: 'a' }, (draft) => (draft.metadata.labels = {}));
  await settle();
  expect(lines).toEqual(['add a', 'delete a']);
});

test('410 lists again and reports exactly the difference; another object under an old name is deleted and added', async () => {
  const { informer, server, transport, clock } = await started();
  for (const name of ['stays', 'goes', 'changes', 'reborn']) server.seed(ConfigMaps, configMap(name));
  await settle();
  const lines = log(informer);
  lines.length = 0;
  transport.faults = { onCall: ({ verb }) => (verb === 'watch' ? { fault: 'request-lost' } : undefined) };
  transport.breakWatches();
  await settle();
  server.remove(ConfigMaps, { namespace: 'x', name: 'goes' });
  server.remove(ConfigMaps, { namespace: 'x', name: 'reborn' });
  server.seed(ConfigMaps, configMap('reborn', '2'));
  server.edit(ConfigMaps, { namespace: 'x', name: 'changes' }, (draft) => (draft.data = { value: '2' }));
  server.store.compact();
  transport.faults = {};
  await clock.advance(5000);
  expect(lines.toSorted()).toEqual(['add reborn', 'delete goes', 'delete reborn', 'update changes 1→2']);
});

test('a quiet watch resumes from its bookmark, so an hour of silence and compactions costs no list', async () => {
  const { informer, server, transport, clock } = await started();
  for (let minute = 0; minute < 60; minute += 1) {
    server.store.tick(1000);
    await clock.advance(60_000);
    // etcd keeps at least five minutes; the bookmark is at most one minute old.
    server.store.compact();
  }
  expect(transport.requests.total(({ verb }) => verb === 'list')).toBe(1);
  expect(transport.requests.total(({ verb }) => verb === 'watch')).toBeGreaterThan(5);
  expect(informer.resourceVersion).not.toBe('');
});

test('a connection that dies silently is cut and resumed without a list', async () => {
  const { informer, server, transport, clock } = await started();
  let isDead = true;
  transport.faults = { onEvent: (event) => (isDead ? [] : [event]) };
  server.seed(ConfigMaps, configMap('a'));
  await clock.advance(149_000);
  expect(informer.lister.get('x', 'a')).toBeUndefined();
  isDead = false;
  await clock.advance(1000);
  expect(informer.lister.get('x', 'a')).toBeDefined();
  expect(transport.requests.total(({ verb }) => verb === 'list')).toBe(1);
});

test('a server restored from an old backup is listed again', async () => {
  const { informer, transport, server, clock } = await started();
  server.seed(ConfigMaps, configMap('a'));
  await settle();
  // The watch resumes from a revision that the restored server does not have yet.
  transport.faults = { onEvent: (event) => [withVersion(event, '99999999')] };
  server.seed(ConfigMaps, configMap('b'));
  await settle();
  transport.faults = {};
  transport.breakWatches();
  await clock.advance(60_000);
  server.seed(ConfigMaps, configMap('c'));
  await clock.advance(1000);
  expect(contents(informer.lister.list())).toEqual(contents(server.list(ConfigMaps)));
});

test('watch timeouts are random between five and ten minutes, with bookmarks', async () => {
  const { server, clock } = world();
  const asked: unknown[] = [];
  for (const random of [0, 0.5, 0.999]) {
    const transport = server.transport();
    const stream = transport.stream.bind(transport);
    transport.stream = (request) => {
      asked.push([request.query?.['timeoutSeconds'], request.query?.['allowWatchBookmarks']]);
      return stream(request);
    };
    const stop = new AbortController();
    const client = new KubeClient(transport, { fieldManager: 'test', clock });
    void new Informer({ client, resource: ConfigMaps, clock, random: () => random }).start(stop.signal);
    await settle();
    stop.abort();
  }
  expect(asked).toEqual([
    [300, true],
    [450, true],
    [600, true],
  ]);
});

const trouble = fc.array(
  fc.constantFrom(
    'seed',
    'edit',
    'remove',
    'break',
    'compact',
    'error',
    'lost',
    'throttle',
    'garbage',
    'quiet',
    'duplicate',
    'none' as const,
  ),
  { minLength: 5, maxLength: 40 },
);

test('whatever breaks, in the end the store equals the server', async () => {
  await fc.assert(
    fc.asyncProperty(trouble, fc.array(fc.nat(5), { minLength: 40, maxLength: 40 }), async (script, choices) => {
      const { informer, server, transport, clock, stop } = await started();
      const mirror = new Map<string, string>();
      informer.addHandler({
        add: (object) => mirror.set(object.metadata.name, object.data?.['value'] ?? ''),
        update: (_old, object) => mirror.set(object.metadata.name, object.data?.['value'] ?? ''),
        delete: (object) => mirror.delete(object.metadata.name),
      });
      for (const [index, step] of script.entries()) {
        const name = `n${choices[index % choices.length]}`;
        const ref = { namespace: 'x', name };
        const exists = server.get(ConfigMaps, ref) !== undefined;
        if (step === 'seed' && !exists) server.seed(ConfigMaps, configMap(name, String(index)));
        else if (step === 'edit' && exists) server.edit(ConfigMaps, ref, (draft) => (draft.data = { value: String(index) }));
        else if (step === 'remove' && exists) server.remove(ConfigMaps, ref);
        else if (step === 'break') transport.breakWatches();
        else if (step === 'compact') server.store.compact();
        else if (step === 'error') transport.faults = { onCall: () => ({ fault: 'error', status: 500 }) };
        else if (step === 'lost') transport.faults = { onCall: () => ({ fault: 'request-lost' }) };
        else if (step === 'throttle')
          transport.faults = { onCall: () => ({ fault: 'error', status: 429, retryAfterSeconds: 2 }) };
        else if (step === 'garbage')
          transport.faults = { onCall: () => ({ fault: 'answer', status: 200, body: { half: 'an answer' } }) };
        else if (step === 'duplicate') transport.faults = { onEvent: (event) => [event, event] };
        else if (step === 'none') transport.faults = {};
        await clock.advance(step === 'quiet' ? 400_000 : 700);
      }
      transport.faults = {};
      await clock.advance(120_000);
      expect(contents(informer.lister.list())).toEqual(contents(server.list(ConfigMaps)));
      expect(Object.fromEntries(mirror)).toEqual(
        Object.fromEntries(server.list(ConfigMaps).map((o) => [o.metadata.name, o.data?.['value']])),
      );
      stop.abort();
      await settle();
    }),
    { numRuns: 40 },
  );
});
