import { silentLogger } from '@navigator/kube';
import { FakeClock, settle } from '@navigator/kube/testing';
import { beforeEach, expect, test } from 'vitest';
import type { Command, NodeEngine, StartVerdict } from './engines/engine.ts';
import { passGate } from './gate.ts';
import { NodeState } from './node-state.ts';
import { Orders } from './orders.ts';
import type { Order } from './process/records.ts';

const command: Command = { file: '/bin/true', args: [], env: {} };
const order: Order = { uid: 'u', generation: 1, spec: { cluster: { kind: 'K', name: 'c' }, nodePool: 'p', seeds: [] } };

let clock: FakeClock;
let verdicts: (StartVerdict | Error)[];
let prepared: Order['spec'][];
let state: NodeState;
let stop: AbortController;
let started: Command | undefined;

async function checkVolume(): Promise<StartVerdict> {
  const verdict = verdicts.shift() ?? { start: true };
  if (verdict instanceof Error) throw verdict;
  return verdict;
}

const node: NodeEngine = {
  drainTimeoutMs: 1,
  checkVolume,
  async prepare(spec) {
    prepared.push(spec);
    return command;
  },
  async observe() {
    throw new Error('not running');
  },
  async drain() {},
};

beforeEach(() => {
  clock = new FakeClock();
  verdicts = [];
  node.checkVolume = checkVolume;
  prepared = [];
  state = new NodeState('pod-1', () => undefined);
  stop = new AbortController();
  started = undefined;
});

function pass(orders: Orders): Promise<void> {
  return passGate({ node, state, orders, clock, log: silentLogger }, stop.signal).then((result) => {
    started = result;
  });
}

test('a new pod waits for its order however long the API server is away', async () => {
  const orders = new Orders(undefined, clock);
  const passing = pass(orders);
  await clock.advance(3_600_000);
  expect(started).toBeUndefined();
  expect(state.life.phase).toBe('Waiting');
  orders.take(order);
  await settle();
  await passing;
  expect(started).toBe(command);
});

test('a restarted container starts from its last order when the API server does not answer in five seconds', async () => {
  const passing = pass(new Orders(order, clock));
  await clock.advance(4999);
  expect(started).toBeUndefined();
  await clock.advance(1);
  await passing;
  expect(started).toBe(command);
});

test('a restarted container takes the newest order when the API server is there', async () => {
  const orders = new Orders(order, clock);
  const passing = pass(orders);
  await clock.advance(100);
  const newer = { ...order, generation: 2, spec: { ...order.spec, seeds: ['a'] } };
  orders.take(newer);
  await settle();
  await passing;
  expect(prepared).toEqual([newer.spec]);
});

test('Waiting and Refused are told and asked again; an error is Waiting, never Refused', async () => {
  verdicts = [
    { start: false, phase: 'Refused', message: 'decommissioned data' },
    new Error('EIO'),
    { start: false, phase: 'Waiting', message: 'not its turn' },
  ];
  const phases: string[] = [];
  state = new NodeState('pod-1', (status) => phases.push(`${status.phase}: ${status.message}`));
  const orders = new Orders(undefined, clock);
  orders.take(order);
  const passing = pass(orders);
  await clock.advance(60_000);
  await passing;
  expect(phases).toEqual([
    'Refused: decommissioned data',
    'Waiting: the volume could not be checked: EIO',
    'Waiting: not its turn',
  ]);
  expect(started).toBe(command);
});

test('a new order is looked at without delay', async () => {
  verdicts = Array.from({ length: 8 }, () => ({ start: false, phase: 'Waiting', message: 'no seeds' }) as const);
  const orders = new Orders(undefined, clock);
  orders.take(order);
  const passing = pass(orders);
  await clock.advance(22_000);
  verdicts = [];
  orders.take({ ...order, generation: 2 });
  await settle();
  await passing;
  expect(started).toBe(command);
});

const suspended: Order = { ...order, generation: 2, spec: { ...order.spec, desired: 'Suspended' } };

test('a suspended node waits without a look at its data, also while the API server is away, until that is lifted', async () => {
  const orders = new Orders(suspended, clock);
  const passing = pass(orders);
  verdicts = [new Error('nobody shall ask')];
  await clock.advance(600_000);
  expect(state.life).toMatchObject({ phase: 'Suspended', message: expect.stringContaining('spec.suspendedNodes') });
  expect(verdicts).toHaveLength(1);
  verdicts = [];
  orders.take({ ...order, generation: 3 });
  await settle();
  await passing;
  expect(started).toBe(command);
});

test('a node that is suspended while its volume is looked at does not start', async () => {
  const orders = new Orders(undefined, clock);
  orders.take(order);
  node.checkVolume = async () => {
    orders.take(suspended);
    return { start: true };
  };
  void pass(orders);
  await clock.advance(60_000);
  expect(state.life.phase).toBe('Suspended');
  expect(started).toBeUndefined();
});

test('asked to stop, nothing is started', async () => {
  const passing = pass(new Orders(undefined, clock));
  await clock.advance(1000);
  stop.abort();
  await settle();
  await passing;
  expect(started).toBeUndefined();
  expect(prepared).toEqual([]);
});
