import { expect, test } from 'vitest';
import { NodeState } from './node-state.ts';
import { liveness, readiness } from './probes.ts';

const GONE = { ready: false, alive: false };

function running(): NodeState {
  const state = new NodeState('pod-1', () => undefined);
  state.happened({ is: 'spawned' });
  state.looked(0, { ready: true, alive: true });
  return state;
}

test('ready while a fresh look says so', () => {
  const state = running();
  expect(readiness(state, 10_000).ok).toBe(true);
  expect(readiness(state, 10_001).ok).toBe(false);
});

test('not ready before the first good look, nor when a look failed, nor while draining', () => {
  expect(readiness(new NodeState('pod-1', () => undefined), 0)).toEqual({
    ok: false,
    message: 'Waiting: waiting for the Pilot object',
  });
  const failing = running();
  failing.looked(1000, new Error('no answer within 5 s'));
  expect(readiness(failing, 1000)).toEqual({ ok: false, message: 'no answer within 5 s' });
  const draining = running();
  draining.happened({ is: 'stopAsked' });
  expect(readiness(draining, 1000).ok).toBe(false);
});

test('alive until a process that served has shown nothing for a minute', () => {
  const state = running();
  for (let ms = 1000; ms < 61_000; ms += 10_000) state.looked(ms, GONE);
  state.looked(60_999, GONE);
  expect(liveness(state).ok).toBe(true);
  state.looked(61_000, GONE);
  expect(liveness(state).ok).toBe(false);
  state.looked(62_000, { ready: false, alive: true });
  expect(liveness(state).ok).toBe(true);
});

test('one refused connection before or between looks that time out never adds up to a minute without life', () => {
  const state = running();
  for (let ms = 2000; ms < 600_000; ms += 7000) {
    state.looked(ms, ms % 3 === 0 ? GONE : new Error('no answer within 5 s'));
    expect(liveness(state).ok).toBe(true);
  }
});

test('a pilot that was frozen itself does not count the time in which it did not look', () => {
  const state = running();
  state.looked(1000, GONE);
  expect(liveness(state).ok).toBe(true);
  state.looked(300_000, GONE);
  expect(liveness(state).ok).toBe(true);
});

test('a slow start, a drain and a silence are no reasons to kill a database', () => {
  const starting = new NodeState('pod-1', () => undefined);
  starting.happened({ is: 'spawned' });
  for (let ms = 0; ms < 3_600_000; ms += 2000) starting.looked(ms, GONE);
  expect(liveness(starting).ok).toBe(true);

  const draining = running();
  for (let ms = 1000; ms < 100_000; ms += 2000) draining.looked(ms, GONE);
  draining.happened({ is: 'stopAsked' });
  expect(liveness(draining).ok).toBe(true);

  const silent = running();
  for (let ms = 2000; ms < 600_000; ms += 7000) silent.looked(ms, new Error('no answer'));
  expect(liveness(silent).ok).toBe(true);
});
