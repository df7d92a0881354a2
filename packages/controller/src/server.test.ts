import { Registry } from 'prom-client';
import { afterEach, expect, test } from 'vitest';
import { navigatorMetrics } from './metrics.ts';
import type { Plan } from './plan.ts';
import { PlanBook } from './plan-book.ts';
import { type HttpService, httpServer } from './server.ts';
import { clusterObject } from './testing/kube-objects.ts';

let service: HttpService | undefined;

afterEach(async () => {
  await service?.stop();
});

async function serve(readiness: {
  ready: boolean;
  waitingFor: string[];
  leading: boolean;
}): Promise<{ plans: PlanBook; get: (path: string) => Promise<Response> }> {
  const registry = new Registry();
  const plans = new PlanBook();
  const conditions = [
    { type: 'Ready', status: 'True', reason: 'AsExpected', message: '', lastTransitionTime: '2026-03-01T12:00:00Z' },
  ];
  const { countAction } = navigatorMetrics(registry, () => [clusterObject({ status: { conditions } }), clusterObject()]);
  countAction('Scale', 'done');
  service = httpServer({ port: 0, host: '127.0.0.1', registry, plans, readiness: () => readiness });
  await service.start();
  const base = service.address() ?? expect.fail();
  return { plans, get: (path) => fetch(`${base}${path}`, { signal: AbortSignal.timeout(5000) }) };
}

test('alive at once, ready when the caches are in step', async () => {
  const state = { ready: false, waitingFor: ['pods'], leading: false };
  const { get } = await serve(state);
  expect((await get('/livez')).status).toBe(200);
  const waiting = await get('/readyz');
  expect(waiting.status).toBe(503);
  expect(await waiting.json()).toEqual(state);
  Object.assign(state, { ready: true, waitingFor: [] });
  expect((await get('/readyz')).status).toBe(200);
});

test('metrics: Actions by outcome, clusters by condition', async () => {
  const { get } = await serve({ ready: true, waitingFor: [], leading: true });
  const text = await (await get('/metrics')).text();
  expect(text).toContain('navigator_actions_total{action="Scale",outcome="done"} 1');
  expect(text).toContain('navigator_clusters{kind="ElasticsearchCluster",condition="Ready",status="True"} 1');
  expect(text).toContain('navigator_clusters{kind="ElasticsearchCluster",condition="Ready",status="Unknown"} 1');
});

test('the last plan of a cluster, names instead of objects', async () => {
  const { plans, get } = await serve({ ready: true, waitingFor: [], leading: true });
  const path = '/debug/plan/ElasticsearchCluster/shop/demo';
  expect((await get(path)).status).toBe(404);
  const action = { name: 'Scale', nodePool: 'mixed', why: 'spec.nodePools' } as const;
  const plan: Plan = { objects: [clusterObject()], pending: [], notes: [], invalid: [], step: { action, effects: [] } };
  const execution = {
    ended: 'failed',
    written: ['Service "a"'],
    problems: [{ reason: 'ApiError', message: 'no', error: new Error('secret body') }],
  } as const;
  plans.record('ElasticsearchCluster/shop/demo', { at: 0, reconcileId: 'r', plan, execution });
  expect(await (await get(path)).json()).toEqual({
    at: '1970-01-01T00:00:00.000Z',
    reconcileId: 'r',
    step: action,
    pending: [],
    invalid: [],
    objects: ['ElasticsearchCluster/demo'],
    execution: { ended: 'failed', written: ['Service "a"'], problems: ['no'] },
  });
  plans.forget('ElasticsearchCluster/shop/demo');
  expect((await get(path)).status).toBe(404);
});
