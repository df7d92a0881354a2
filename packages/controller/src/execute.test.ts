import { ANNOTATIONS } from '@navigator/api-types';
import { isConflict, KubeError, Services } from '@navigator/kube';
import type { FakeApiServer, Faults } from '@navigator/kube/testing';
import { expect, test } from 'vitest';
import { elasticsearch } from './engines/elasticsearch/index.ts';
import { ACTION, EVENT, service, world } from './testing/execution.ts';
import { statefulSetObject } from './testing/kube-objects.ts';

const written = (api: FakeApiServer): string[] => api.writes().map(({ plural, name }) => `${plural}/${name}`);

test('objects, then the effects in order', async () => {
  const { api, told, run, own } = world();
  const effects = [
    { do: 'apply', object: own(statefulSetObject()) },
    { do: 'event', event: EVENT },
  ] as const;
  const execution = await run({ objects: [own(service('a')), own(service('b'))], step: { action: ACTION, effects } });
  expect(execution).toEqual({
    ended: 'done',
    written: ['Service "a"', 'Service "b"', 'StatefulSet "es-demo-mixed"'],
    problems: [],
  });
  expect(written(api)).toEqual(['services/a', 'services/b', 'statefulsets/es-demo-mixed']);
  expect(told).toEqual([EVENT]);
});

test('children that stand on nothing are written at once; StatefulSets and the step wait for all of them', async () => {
  const begun: string[] = [];
  const ended: string[] = [];
  const { run, own } = world({
    faults: {
      onCall: ({ verb, name = '' }) => {
        if (verb === 'patch') begun.push(name);
        return undefined;
      },
      afterCall: ({ verb, name = '' }) => {
        if (verb === 'patch') ended.push(`${name} after ${begun.length} begun`);
      },
    },
  });
  const effects = [{ do: 'apply', object: own(service('step')) }] as const;
  const objects = [own(service('a')), own(statefulSetObject()), own(service('b'))];
  await run({ objects, step: { action: ACTION, effects } });
  expect(ended).toEqual(['a after 2 begun', 'b after 2 begun', 'es-demo-mixed after 3 begun', 'step after 4 begun']);
});

test('what is as it shall be is not written again', async () => {
  const { api, run, own } = world();
  const plan = { objects: [own(service('a')), own(statefulSetObject())] };
  await run(plan);
  const before = api.writes().length;
  expect(await run(plan)).toEqual({ ended: 'done', written: [], problems: [] });
  expect(api.writes()).toHaveLength(before);
});

test('annotations come first, and end the pass', async () => {
  const { api, told, run, own } = world();
  const clusterAnnotations = { [ANNOTATIONS.initialMembers]: 'es-demo-mixed-0' };
  const execution = await run({
    clusterAnnotations,
    objects: [own(service('a'))],
    step: { action: ACTION, effects: [{ do: 'event', event: EVENT }] },
  });
  expect(execution.ended).toBe('annotated');
  expect(written(api)).toEqual(['elasticsearchclusters/demo']);
  expect(api.get(elasticsearch.resource, { namespace: 'shop', name: 'demo' })?.metadata.annotations).toEqual(clusterAnnotations);
  expect(told).toEqual([]);
});

test('annotations are not written on a cluster that has changed since', async () => {
  const { api, run } = world();
  const members = { [ANNOTATIONS.initialMembers]: 'es-demo-mixed-0' };
  api.edit(elasticsearch.resource, { namespace: 'shop', name: 'demo' }, (cluster) => {
    cluster.metadata.annotations = members;
  });
  const attempt = run({ clusterAnnotations: { [ANNOTATIONS.initialMembers]: 'es-demo-other-0' } });
  await expect(attempt).rejects.toSatisfy(isConflict);
  expect(api.get(elasticsearch.resource, { namespace: 'shop', name: 'demo' })?.metadata.annotations).toEqual(members);
});

test('a foreign object is reported and left alone; the others are written, the step is not begun', async () => {
  const { api, told, run, own } = world();
  const theirs = api.seed(Services, { ...service('b'), spec: { type: 'ClusterIP' } } as never);
  const execution = await run({
    objects: [own(service('a')), own(service('b')), own(service('c'))],
    step: { action: ACTION, effects: [{ do: 'event', event: EVENT }] },
  });
  expect(execution).toMatchObject({ ended: 'failed', written: ['Service "a"', 'Service "c"'] });
  expect(execution.problems).toMatchObject([
    { reason: 'ForeignObject', message: 'Service "b" exists but does not belong to this cluster; delete or rename it' },
  ]);
  expect(api.get(Services, { namespace: 'shop', name: 'b' })).toEqual(theirs);
  expect(told).toEqual([]);
});

test('an error keeps its cause and the name of the object', async () => {
  const faults: Faults = {
    onCall: ({ verb, name }) =>
      verb === 'patch' && name === 'a' ? { fault: 'error', status: 403, reason: 'Forbidden' } : undefined,
  };
  const { run, own } = world({ faults });
  const { ended, problems, written: done } = await run({ objects: [own(service('a')), own(service('b'))] });
  expect(ended).toBe('failed');
  expect(done).toEqual(['Service "b"']);
  expect(problems[0]?.message).toContain('Service "a" could not be written: PATCH');
  expect(problems[0]?.error).toBeInstanceOf(KubeError);
  expect(problems[0]?.error).toMatchObject({ code: 'KUBE_FORBIDDEN' });
});

test('without an answer the pass ends at once', async () => {
  const { api, run, own } = world({ faults: { onCall: () => ({ fault: 'request-lost' }) } });
  await expect(run({ objects: [own(service('a')), own(service('b'))] })).rejects.toMatchObject({ code: 'KUBE_UNREACHABLE' });
  expect(api.calls).toEqual([]);
});

test('nothing is written after the signal aborted', async () => {
  const { api, run, own } = world();
  await expect(run({ objects: [own(service('a'))] }, { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
  expect(api.writes()).toEqual([]);
});

test('an event is told only after the write that it speaks of', async () => {
  const faults: Faults = {
    onCall: ({ verb, plural }) => (verb === 'patch' && plural === 'statefulsets' ? { fault: 'error', status: 500 } : undefined),
  };
  const { told, run, own } = world({ faults });
  const effects = [
    { do: 'apply', object: own(statefulSetObject()) },
    { do: 'event', event: EVENT },
  ] as const;
  expect(await run({ step: { action: ACTION, effects } })).toMatchObject({ ended: 'failed', refused: { reason: 'ApiError' } });
  expect(told).toEqual([]);
});
