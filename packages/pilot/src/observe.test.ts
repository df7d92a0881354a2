import type { PilotStatus } from '@navigator/api-types';
import { silentLogger, systemClock } from '@navigator/kube';
import { expect, test, vi } from 'vitest';
import type { NodeEngine, Observation } from './engines/engine.ts';
import { NodeState } from './node-state.ts';
import { observeForever } from './observe.ts';
import { Orders } from './orders.ts';
import type { Order } from './process/records.ts';

function order(generation: number): Order {
  return { uid: 'u', generation, spec: { cluster: { kind: 'K', name: 'c' }, nodePool: 'p', seeds: [] } };
}

test('what a look tells of orders bears the generation that it began with, however new the orders are by then', async () => {
  const orders = new Orders(undefined, systemClock);
  orders.take(order(5));
  const view = { authoritative: true, members: [], schemaVersions: [], orders: { emptied: ['x'], voteless: [], restarting: [] } };
  const node: NodeEngine = {
    drainTimeoutMs: 0,
    checkVolume: async () => ({ start: true }),
    prepare: async () => ({ file: '', args: [], env: {} }),
    drain: async () => undefined,
    observe: async (): Promise<Observation> => {
      orders.take(order(7));
      return { ready: true, alive: true, view };
    },
  };
  const reports: PilotStatus[] = [];
  const state = new NodeState('pod-1', (status) => reports.push(status));
  state.happened({ is: 'spawned' });
  const over = new AbortController();
  const looks = observeForever({ node, state, clock: systemClock, log: silentLogger, orders }, over.signal);
  await vi.waitUntil(() => reports.some((status) => status.view !== undefined), { timeout: 5000, interval: 5 });
  over.abort();
  await looks;
  expect(reports.find((status) => status.view !== undefined)?.view?.orders?.generation).toBe(5);
});
