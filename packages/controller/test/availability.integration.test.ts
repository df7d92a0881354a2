// Three replicas as processes: leaders that are killed, stopped and frozen at random points of an Action (T9, T10).
// NAVIGATOR_HA_TIMES multiplies the rounds, NAVIGATOR_HA_SEED repeats a run.
import { Random } from '@navigator/kube/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { creations, turns, versionsOf, writesIn } from './audit.ts';
import { type Deed, Lane, type TakeOver } from './lane.ts';
import { type RealApi, startRealApi } from './real-api.ts';

const LANES = ['lane-a', 'lane-b', 'lane-c'];
const TIMES = Number(process.env['NAVIGATOR_HA_TIMES'] ?? 1);
const SEED = Number(process.env['NAVIGATOR_HA_SEED'] ?? 20_260);
const ROUNDS: readonly Deed[] = ['SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGTERM', 'SIGSTOP'];
/** Four times what it takes on two idle cores. */
const DEADLINE_MS = 400_000 * TIMES;
/** What a take-over may cost, by how the leader went. A frozen one is like a killed one. */
const LIMIT_MS: Readonly<Record<Deed, number>> = { SIGKILL: 20_000, SIGSTOP: 20_000, SIGTERM: 3000 };
const ENDS: Readonly<Record<Deed, TakeOver['ended']>> = {
  SIGKILL: { code: null, signal: 'SIGKILL' },
  SIGTERM: { code: 0, signal: null },
  SIGSTOP: { code: 1, signal: null },
};

const SET = 'es-demo-mixed';
const PODS = [`${SET}-0`, `${SET}-1`, `${SET}-2`];
const done: TakeOver[] = [];
/** Ended at the end whatever happens: a test that runs out of time disposes of nothing. */
const lanes: Lane[] = [];
let api: RealApi;

const usersOf = (lane: string): string[] =>
  Array.from({ length: 3 + TIMES * ROUNDS.length }, (_, index) => `${lane}-${index + 1}`);

beforeAll(async () => {
  console.log(`availability: seed ${SEED}, ${TIMES * ROUNDS.length} rounds in each of ${LANES.length} lanes`);
  api = await startRealApi({ users: LANES.flatMap(usersOf) });
});

afterAll(async () => {
  await Promise.all(lanes.map((lane) => lane[Symbol.asyncDispose]()));
  await api[Symbol.asyncDispose]();
  for (const deed of ['SIGKILL', 'SIGTERM', 'SIGSTOP'] as const) {
    const times = done.filter((each) => each.deed === deed).map(({ tookMs }) => tookMs);
    const sorted = times.toSorted((a, b) => a - b);
    const figures = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)].join('/');
    console.log(`availability: ${sorted.length} leaders gone by ${deed}, followed after ${figures} ms (min/median/max)`);
  }
});

test.concurrent.each(LANES.map((namespace, index) => ({ namespace, seed: SEED + index })))(
  'in $namespace leaders go in the middle of an Action: one leads at a time, everything is done once',
  { timeout: DEADLINE_MS },
  async ({ namespace, seed }) => {
    const random = new Random(seed);
    const users = usersOf(namespace);
    const lane = await Lane.start({ api, namespace, users, random, signal: AbortSignal.timeout(DEADLINE_MS) });
    lanes.push(lane);
    for (const deed of Array.from({ length: TIMES }, () => random.shuffle(ROUNDS)).flat()) {
      const takeOver = await lane.round(deed);
      done.push(takeOver);
      expect(takeOver.tookMs, deed).toBeLessThan(LIMIT_MS[deed]);
      expect(takeOver.ended).toEqual(ENDS[deed]);
      if (deed === 'SIGSTOP') expect(takeOver.said).toContain('lost the lease');
    }
    const writes = await writesIn(api, namespace);
    // Nobody writes again after somebody else has. The lease and events, which tell of the past, are for all.
    const order = turns(writes.filter(({ user, resource }) => users.includes(user) && !['leases', 'events'].includes(resource)));
    expect(new Set(order).size).toBe(order.length);
    expect(order.length).toBeGreaterThan(ROUNDS.length / 2);
    for (const { user, resumedAt = '9' } of done)
      expect(writes.filter((write) => write.user === user && write.at >= resumedAt)).toEqual([]);
    // No version was asked for again after a newer one, and each pod was made once for each.
    expect(versionsOf(writes, SET)).toEqual(lane.versions);
    expect(creations(writes, 'pods')).toEqual(Object.fromEntries(PODS.map((pod) => [pod, lane.versions.length])));
    expect(writes.filter(({ verb, resource }) => verb === 'delete' && resource !== 'pods')).toEqual([]);
    // An event may be lost with the process that would have written it, but nothing is told twice.
    const messages = await lane.messages();
    expect(new Set(messages).size).toBe(messages.length);
  },
);
