import { beforeEach, expect, test } from 'vitest';
import { type Event, Events } from './builtin-resources.ts';
import { KubeClient } from './client.ts';
import { EventRecorder, type EventSubject } from './event-recorder.ts';
import { FakeApiServer } from './testing/fake-apiserver.ts';
import { FakeClock, settle } from './testing/fake-clock.ts';
import type { MemoryTransport } from './testing/memory-transport.ts';

const subject: EventSubject = {
  apiVersion: 'navigator.dev/v1alpha1',
  kind: 'Thing',
  metadata: { namespace: 'x', name: 'demo', uid: 'u-1' },
};
const signal = new AbortController().signal;
let clock: FakeClock;
let server: FakeApiServer;
let transport: MemoryTransport;
let recorder: EventRecorder;

beforeEach(() => {
  clock = new FakeClock();
  server = new FakeApiServer({ clock });
  transport = server.transport();
  const client = new KubeClient(transport, { fieldManager: 'test', clock });
  recorder = new EventRecorder({ client, component: 'navigator-controller', instance: 'pod-1', clock });
});

function events(): Event[] {
  return server.list(Events);
}

function normal(message: string, reason = 'Scale'): void {
  recorder.event(subject, { type: 'Normal', reason, message });
}

test('an event has what kubectl shows', async () => {
  normal('Scaled node pool "mixed" to 4 replicas');
  await settle();
  expect(events()).toMatchObject([
    {
      metadata: { namespace: 'x' },
      type: 'Normal',
      reason: 'Scale',
      message: 'Scaled node pool "mixed" to 4 replicas',
      count: 1,
      involvedObject: { kind: 'Thing', name: 'demo', namespace: 'x', uid: 'u-1' },
      source: { component: 'navigator-controller' },
      lastTimestamp: '2026-01-01T00:00:00Z',
    },
  ]);
});

test('a thousand equal events cost few writes, and the count is kept', async () => {
  for (let each = 0; each < 1000; each += 1) {
    normal('waits');
    await clock.advance(100);
  }
  await recorder.flush(signal);
  expect(events()).toHaveLength(1);
  expect(events()[0]?.count).toBe(1000);
  expect(server.writes().length).toBeLessThanOrEqual(15);
});

test('what is told again and again does not hold back news', async () => {
  for (let each = 0; each < 60; each += 1) {
    normal('waits');
    await clock.advance(10_000);
  }
  for (let each = 0; each < 20; each += 1) normal(`news ${each}`, `Reason${each}`);
  await settle();
  expect(events()).toHaveLength(21);
});

test('more than ten similar events in ten minutes are combined', async () => {
  for (let each = 0; each < 40; each += 1) normal(`pod ${each} waits`);
  await recorder.flush(signal);
  expect(events()).toHaveLength(11);
  const combined = events().find(({ message }) => message?.startsWith('(combined'));
  expect(combined).toMatchObject({ message: '(combined from similar events): pod 39 waits', count: 30 });
  await clock.advance(600_000);
  normal('pod 99 waits');
  await recorder.flush(signal);
  expect(events()).toHaveLength(12);
});

test('an object that never stops gets 25 writes, then one every five minutes; what is held back comes at the end', async () => {
  for (let each = 0; each < 60; each += 1) normal('happened', `Reason${each}`);
  await clock.advance(1000);
  expect(events()).toHaveLength(25);
  recorder.event(
    { ...subject, metadata: { ...subject.metadata, uid: 'u-2', name: 'other' } },
    { type: 'Normal', reason: 'Fine', message: 'is not held back' },
  );
  await clock.advance(300_000);
  expect(events()).toHaveLength(27);
  await recorder.flush(signal);
  expect(events()).toHaveLength(61);
});

test('an Event that the server has forgotten is made anew, with its count', async () => {
  normal('waits');
  await settle();
  server.remove(Events, events()[0]?.metadata ?? { name: '' });
  normal('waits');
  await clock.advance(20_000);
  expect(events()).toHaveLength(1);
  expect(events()[0]?.count).toBe(2);
});

test('trouble with the server is waited out; a namespace that is going is not', async () => {
  let refusals = 0;
  transport.faults = { onCall: () => (refusals++ < 3 ? { fault: 'error', status: 500 } : undefined) };
  normal('first');
  await clock.advance(60_000);
  expect(events()).toHaveLength(1);
  transport.faults = { onCall: () => ({ fault: 'error', status: 403, reason: 'Forbidden' }) };
  normal('second');
  await settle();
  expect(clock.pending).toBe(0);
});

test('flush ends with its signal though the server hangs', async () => {
  transport.faults = { onCall: () => ({ fault: 'hang' }) };
  normal('never');
  const stop = new AbortController();
  const flushed = recorder.flush(stop.signal);
  await clock.advance(500);
  stop.abort();
  await flushed;
  expect(events()).toHaveLength(0);
});
