import { expect, test } from 'vitest';
import { exitCodeOf, type Life, type LifeEvent, NEW_LIFE, step } from './lifecycle.ts';

const spawned: LifeEvent = { is: 'spawned' };
const ready: LifeEvent = { is: 'observed', ready: true };
const unready: LifeEvent = { is: 'observed', ready: false, message: 'no master' };
const unobserved: LifeEvent = { is: 'unobserved', message: 'timeout' };
const stop: LifeEvent = { is: 'stopAsked' };
const suspend: LifeEvent = { is: 'suspendAsked' };
const suspendedHold: LifeEvent = { is: 'held', phase: 'Suspended', message: 'because' };
const crashed: LifeEvent = { is: 'ended', exit: { code: null, signal: 'SIGKILL' } };
const terminated: LifeEvent = { is: 'ended', exit: { code: 143, signal: null } };

function held(phase: 'Waiting' | 'Refused'): LifeEvent {
  return { is: 'held', phase, message: 'because' };
}

function after(...events: readonly LifeEvent[]): Life {
  return events.reduce(step, NEW_LIFE);
}

const cases: readonly (readonly [string, readonly LifeEvent[], Partial<Life>])[] = [
  ['a new node waits for its order', [], { phase: 'Waiting', message: 'waiting for the Pilot object' }],
  ['the gate says why it is shut', [held('Refused')], { phase: 'Refused', refusedFor: 'Data', message: 'because' }],
  ['a refusal can be taken back', [held('Refused'), held('Waiting')], { phase: 'Waiting' }],
  ['a started process is starting', [held('Waiting'), spawned], { phase: 'Starting', everReady: false }],
  ['the first answer does not make it run', [spawned, unready], { phase: 'Starting', message: 'no master' }],
  ['a ready look makes it run', [spawned, ready], { phase: 'Running', everReady: true }],
  ['a bad look does not start it anew', [spawned, ready, unready], { phase: 'Running', message: 'no master', everReady: true }],
  ['a missing look neither', [spawned, ready, unobserved], { phase: 'Running', message: 'timeout' }],
  [
    'a crash is a failure',
    [spawned, ready, crashed],
    { phase: 'Failed', message: 'the process ended by itself: signal SIGKILL' },
  ],
  ['a clean exit that nobody asked for too', [spawned, { is: 'ended', exit: { code: 0, signal: null } }], { phase: 'Failed' }],
  ['a stop drains first', [spawned, ready, stop], { phase: 'Draining', stopping: true }],
  [
    'a stop of a process without life says so, before and after its end',
    [spawned, ready, { is: 'stopAsked', lifeless: 'no sign of life for 61 s' }],
    { phase: 'Draining', message: 'the pod is asked to stop: no sign of life for 61 s', lifeless: 'no sign of life for 61 s' },
  ],
  ['looks do not end a drain', [spawned, ready, stop, ready], { phase: 'Draining' }],
  [
    'a process that is told to stop stops',
    [spawned, ready, stop, terminated],
    { phase: 'Stopped', message: 'stopped: exit code 143' },
  ],
  ['a second stop changes nothing', [spawned, ready, stop, stop], { phase: 'Draining', stopping: true }],
  ['a gate that closes while stopping changes nothing', [stop, held('Waiting')], { phase: 'Draining', stopping: true }],
  ['a suspended node waits, and its life is not over', [suspendedHold], { phase: 'Suspended', stopping: false }],
  ['a suspension that is lifted lets it start', [suspendedHold, held('Waiting'), spawned], { phase: 'Starting' }],
  ['a running node that is suspended drains and stops', [spawned, ready, suspend], { phase: 'Draining', stopping: true }],
  ['its end is no failure', [spawned, ready, suspend, crashed], { phase: 'Stopped', message: 'stopped: signal SIGKILL' }],
  ['the order to suspend means nothing to a node that waits', [held('Refused'), suspend], { phase: 'Refused', stopping: false }],
  ['nor to one that is being stopped', [spawned, ready, stop, suspend], { message: 'the pod is asked to stop' }],
  ['a node that never started is stopped too', [held('Waiting'), { is: 'closed' }], { phase: 'Stopped' }],
];

test.each(cases)('%s', (_name, events, expected) => {
  expect(after(...events)).toMatchObject(expected);
});

test('what a message is about goes with the message', () => {
  const told: LifeEvent = { is: 'observed', ready: true, message: 'Secret "mine" ends', concerns: 'Secret' };
  expect(after(spawned, told)).toMatchObject({ phase: 'Running', message: 'Secret "mine" ends', concerns: 'Secret' });
  expect(after(spawned, told, unready)).not.toHaveProperty('concerns');
  expect(after(spawned, told, unobserved)).not.toHaveProperty('concerns');
});

test('a message does not outlive its phase', () => {
  expect(after(spawned, unready, ready)).not.toHaveProperty('message');
  expect(after(held('Waiting'), spawned)).not.toHaveProperty('message');
});

test.each([
  ['a crash passes its code on', [spawned], { code: 3, signal: null }, 3],
  ['a signal is 128 plus its number', [spawned], { code: null, signal: 'SIGKILL' }, 137],
  ['a clean exit stays one', [spawned], { code: 0, signal: null }, 0],
  ['a JVM ended by the SIGTERM of a stop is a success', [spawned, stop], { code: 143, signal: null }, 0],
  ['a process ended by it too', [spawned, stop], { code: null, signal: 'SIGTERM' }, 0],
  ['SIGTERM from somewhere else is not', [spawned], { code: null, signal: 'SIGTERM' }, 143],
  ['an error while stopping is told', [spawned, stop], { code: 1, signal: null }, 1],
  ['a kill while stopping is told', [spawned, stop], { code: null, signal: 'SIGKILL' }, 137],
] as const)('%s', (_name, events, exit, expected) => {
  expect(exitCodeOf(after(...events), exit)).toBe(expected);
});
