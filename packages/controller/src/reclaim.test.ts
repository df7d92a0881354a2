import {
  APPLIED_HASH_ANNOTATION,
  KubeClient,
  type KubeObject,
  RequestCounters,
  silentLogger,
  type Transport,
  type TransportRequest,
} from '@navigator/kube';
import { FakeClock } from '@navigator/kube/testing';
import { expect, test } from 'vitest';
import { markStranger, Reclaimer, strangerOf } from './reclaim.ts';
import { pilotObject } from './testing/kube-objects.ts';
import { Pilots } from './watches.ts';

const OURS = {
  manager: 'navigator-controller',
  operation: 'Apply',
  fieldsV1: { 'f:spec': { 'f:seeds': {} }, 'f:metadata': { 'f:labels': {} } },
};
const STATUS = { manager: 'navigator-pilot', operation: 'Apply', subresource: 'status', fieldsV1: { 'f:status': {} } };
const LABELS_ONLY = {
  manager: 'kubectl-label',
  operation: 'Update',
  fieldsV1: { 'f:metadata': { 'f:labels': { 'f:team': {} } } },
};
const EDIT = {
  manager: 'kubectl-edit',
  operation: 'Update',
  fieldsV1: { 'f:spec': { 'f:bootstrap': { 'f:initialMembers': {} } }, 'f:metadata': { 'f:annotations': { 'f:note': {} } } },
};

function withManagers(...managedFields: unknown[]): KubeObject {
  const pilot = pilotObject('es-demo-mixed-0', { metadata: { annotations: { [APPLIED_HASH_ANNOTATION]: 'hash' } } });
  return { ...pilot, metadata: { ...pilot.metadata, managedFields } };
}

test.each([
  ['nobody', withManagers(OURS, STATUS, LABELS_ONLY), undefined],
  ['an editor', withManagers(OURS, STATUS, EDIT), 'kubectl-edit'],
  ['an object that says nothing', pilotObject('es-demo-mixed-0'), undefined],
  ['entries that are none', withManagers('text', 7, { fieldsV1: 'x' }), undefined],
])('content of %s', (_who, object, stranger) => {
  expect(strangerOf(markStranger(object))).toBe(stranger);
});

test('the mark survives a copy and does not travel', () => {
  const marked = markStranger(withManagers(OURS, EDIT));
  expect(strangerOf({ ...marked })).toBe('kubectl-edit');
  expect(JSON.stringify(marked)).toBe(JSON.stringify(withManagers(OURS, EDIT)));
});

/** A server that has one object and keeps every patch. */
function scene(): {
  clock: FakeClock;
  cached: KubeObject;
  calls: TransportRequest[];
  reclaim: (cached: KubeObject) => Promise<boolean>;
} {
  const clock = new FakeClock();
  const live = withManagers(OURS, STATUS, LABELS_ONLY, EDIT);
  const calls: TransportRequest[] = [];
  const transport: Transport = {
    requests: new RequestCounters(),
    request: async (request) => {
      calls.push(request);
      return { status: 200, body: live, headers: {} };
    },
    stream: () => expect.fail(),
    close: async () => {},
  };
  const client = new KubeClient(transport, { fieldManager: 'navigator-controller', clock });
  const reclaimer = new Reclaimer({ client, expectations: { expect: () => {} }, clock, logger: silentLogger });
  const target = { key: 'k', resource: Pilots, signal: new AbortController().signal };
  return { clock, cached: markStranger(live), calls, reclaim: (object) => reclaimer.reclaim(object, target) };
}

test('content of others becomes ours, their labels and annotations stay theirs, and the fingerprint goes', async () => {
  const { cached, calls, reclaim } = scene();
  expect(await reclaim(cached)).toBe(true);
  expect(calls.map(({ method }) => method)).toEqual(['GET', 'PATCH']);
  expect(calls[1]?.body).toEqual({
    metadata: {
      uid: cached.metadata.uid,
      resourceVersion: cached.metadata.resourceVersion,
      annotations: { [APPLIED_HASH_ANNOTATION]: null },
      managedFields: [
        {
          ...OURS,
          fieldsV1: { 'f:spec': { 'f:seeds': {}, 'f:bootstrap': { 'f:initialMembers': {} } }, 'f:metadata': { 'f:labels': {} } },
        },
        STATUS,
        LABELS_ONLY,
        { ...EDIT, fieldsV1: { 'f:metadata': { 'f:annotations': { 'f:note': {} } } } },
      ],
    },
  });
});

test('an object without strangers costs nothing, one that was made anew is left alone', async () => {
  const { cached, calls, reclaim } = scene();
  expect(await reclaim(pilotObject('es-demo-mixed-0'))).toBe(false);
  expect(calls).toEqual([]);
  expect(await reclaim({ ...cached, metadata: { ...cached.metadata, uid: 'another' } })).toBe(false);
  expect(calls.map(({ method }) => method)).toEqual(['GET']);
});

test('somebody who never stops is answered once a minute in the end', async () => {
  const { clock, cached, reclaim } = scene();
  const answers = async (): Promise<number> => {
    let count = 0;
    for (let round = 0; round < 20; round += 1) if (await reclaim(cached)) count += 1;
    return count;
  };
  expect(await answers()).toBe(5);
  await clock.advance(60_000);
  expect(await answers()).toBe(1);
});
