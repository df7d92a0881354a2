import { ANNOTATIONS } from '@navigator/api-types';
import { Leases, StatefulSets } from '@navigator/kube';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LEASE_NAME } from '../src/wire.ts';
import { startController, type Surroundings, until } from './harness.ts';
import { startProgram } from './process.ts';
import { type RealApi, startRealApi } from './real-api.ts';
import { createCluster, eventsOf, find, KINDS, patchSpec, ready } from './scenario.ts';

const DEADLINE_MS = 120_000;
const [elastic] = KINDS;
let api: RealApi;

beforeAll(async () => {
  api = await startRealApi();
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

const place = (name: string): Promise<Surroundings> => api.namespace(name, AbortSignal.timeout(DEADLINE_MS));

async function holder(around: Surroundings): Promise<string | undefined> {
  const lease = await find({ ...around, namespace: 'default' }, Leases, LEASE_NAME);
  return lease?.spec?.holderIdentity || undefined;
}

test(
  'SIGTERM in the middle of the work: exit code 0 within ten seconds, the lease given back',
  { timeout: DEADLINE_MS },
  async () => {
    const around = await place('sigterm');
    await using program = await startProgram(api, ['--log-level', 'debug']);
    await program.says('workers started');
    await createCluster(around, elastic.resource, { name: 'demo', spec: elastic.spec });
    await program.says('wrote an object');
    const asked = performance.now();
    program.kill('SIGTERM');
    expect(await program.ended).toEqual({ code: 0, signal: null });
    const tookMs = Math.round(performance.now() - asked);
    console.log(`SIGTERM: ended after ${tookMs} ms`);
    expect(tookMs).toBeLessThan(10_000);
    expect(await holder(around)).toBeUndefined();
  },
);

test.each(['wrote an object', 'worked on an Action'])(
  'SIGKILL when it "%s": the next one goes on where it was',
  { timeout: DEADLINE_MS },
  async (moment) => {
    const around = await place(`sigkill-${moment.length}`);
    await using first = await startProgram(api, ['--namespaces', around.namespace, '--log-level', 'debug']);
    await first.says('workers started');
    const cluster = await createCluster(around, elastic.resource, { name: 'demo', spec: elastic.spec });
    await first.says(moment);
    first.kill('SIGKILL');
    await first.ended;
    const members = (await find(around, elastic.resource, 'demo'))?.metadata.annotations?.[ANNOTATIONS.initialMembers];
    const set = await find(around, StatefulSets, 'es-demo-mixed');
    const killedAt = performance.now();
    await using second = await startProgram(api, ['--namespaces', around.namespace]);
    await second.says('workers started');
    const tookMs = Math.round(performance.now() - killedAt);
    console.log(`SIGKILL when it "${moment}": the next one leads after ${tookMs} ms`);
    expect(tookMs).toBeLessThan(20_000);
    await ready(around, elastic.resource, 'demo');
    const annotations = (await find(around, elastic.resource, 'demo'))?.metadata.annotations;
    expect(members).toBe('es-demo-mixed-0,es-demo-mixed-1,es-demo-mixed-2');
    expect(annotations?.[ANNOTATIONS.initialMembers]).toBe(members);
    const now = await find(around, StatefulSets, 'es-demo-mixed');
    if (set) expect(now?.metadata.uid).toBe(set.metadata.uid);
    // An event may be lost with the process that would have written it, but nothing is told twice.
    const messages = (await eventsOf(around, cluster)).map(({ message }) => message);
    expect(new Set(messages).size).toBe(messages.length);
  },
);

test('a second replica waits for the lease and takes over at once when it is given back', { timeout: DEADLINE_MS }, async () => {
  const around = await place('leader');
  const options = { namespaces: [around.namespace], leaderElect: true };
  await using first = startController(api.connect(), options);
  await until('the first leads', around, async () => first.process.manager.isLeading);
  await using second = startController(api.connect(), options);
  await createCluster(around, elastic.resource, { name: 'demo', spec: elastic.spec });
  await ready(around, elastic.resource, 'demo');
  expect(second.process.manager.readiness()).toEqual({ ready: true, waitingFor: [] });
  expect(second.process.manager.isLeading).toBe(false);
  expect(second.transport.requests.writes()).toBe(0);
  await first.stop();
  const stopped = performance.now();
  await until('the second leads', around, async () => second.process.manager.isLeading);
  const tookMs = Math.round(performance.now() - stopped);
  console.log(`Stopped leader: the next one leads after ${tookMs} ms`);
  expect(tookMs).toBeLessThan(3000);
  await patchSpec(around, elastic.resource, { name: 'demo', spec: { nodePools: [{ name: 'mixed', replicas: 4 }] } });
  await ready(around, elastic.resource, 'demo');
  expect((await find(around, StatefulSets, 'es-demo-mixed'))?.spec?.replicas).toBe(4);
});
