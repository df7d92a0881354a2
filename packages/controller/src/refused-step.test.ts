import type { PlannedAction } from '@navigator/api-types';
import { expect, test } from 'vitest';
import { elasticsearch } from './engines/elasticsearch/index.ts';
import type { ObjectProblem } from './object-problem.ts';
import { plan } from './plan.ts';
import { markRefused } from './refused-step.ts';
import type { ClusterSnapshot } from './snapshot.ts';
import { elasticsearchSnapshot } from './testing/snapshots.ts';

const problem: ObjectProblem = { reason: 'ApiError', message: 'exceeded quota', error: undefined };
const running = { nodePools: [{ name: 'mixed' }] };
const hot = { name: 'hot', replicas: 1, roles: ['data'] };
/** A pool is to be made, and the other one is to grow. */
const spec = { nodePools: [{ name: 'mixed', replicas: 4 }, hot] };

function after(marked: readonly PlannedAction[]): ClusterSnapshot {
  return elasticsearchSnapshot({ spec, running, status: { plan: [...marked] } });
}

test('what was refused lets others go first, and is still told of', () => {
  const first = plan(after([]), elasticsearch);
  expect(first.step?.action).toMatchObject({ name: 'CreateNodePool', nodePool: 'hot' });
  if (first.step === undefined) throw new TypeError('no step');
  const marked = markRefused(first.pending, first.step.action, problem);
  expect(marked.map(({ blocked }) => blocked?.message)).toEqual(['exceeded quota', ...marked.slice(1).map(() => undefined)]);
  const next = plan(after(marked), elasticsearch);
  expect(next.step?.action).toMatchObject({ name: 'Scale', nodePool: 'mixed' });
  expect(next.pending[0]).toMatchObject({ action: 'CreateNodePool', blocked: { reason: 'ApiError', message: 'exceeded quota' } });
});

test('it is tried again when nothing else can be done', () => {
  const alone = (marked: readonly PlannedAction[]): ClusterSnapshot =>
    elasticsearchSnapshot({ spec: { nodePools: [{ name: 'mixed' }, hot] }, running, status: { plan: [...marked] } });
  const first = plan(alone([]), elasticsearch);
  if (first.step === undefined) throw new TypeError('no step');
  const next = plan(alone(markRefused(first.pending, first.step.action, problem)), elasticsearch);
  expect(next.step?.action).toEqual(first.step.action);
  expect(next.pending[0], 'a step that is tried is not blocked').not.toHaveProperty('blocked');
});

test('what only a guard held up has its usual turn', () => {
  const first = plan(after([]), elasticsearch);
  const held = first.pending.map((entry) => ({ ...entry, blocked: { reason: 'PilotNotReady', message: 'wait' } }));
  expect(plan(after(held), elasticsearch).step?.action).toEqual(first.step?.action);
});
