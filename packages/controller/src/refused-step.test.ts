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

test('where all were refused each has its turn: one that may be refused for ever keeps none of the others', () => {
  const pools = [{ name: 'mixed' }, hot, { ...hot, name: 'cold' }];
  const at = (now: number, marked: readonly PlannedAction[]): ClusterSnapshot => {
    const snapshot = elasticsearchSnapshot({ spec: { nodePools: pools }, running, status: { plan: [...marked] } });
    return { ...snapshot, now: snapshot.now + now };
  };
  const steps = new Map<string, string[]>();
  let marked: readonly PlannedAction[] = [];
  for (const second of [0, 1, 2, 3, 65, 66, 126, 190]) {
    const { step, pending } = plan(at(second * 1000, marked), elasticsearch);
    if (step === undefined) throw new TypeError('no step');
    const before = marked;
    marked = markRefused(pending, step.action, problem);
    const outcome = JSON.stringify(marked) === JSON.stringify(before) ? 'as it was' : 'marked';
    steps.set(step.action.nodePool, [...(steps.get(step.action.nodePool) ?? []), `${second} s, ${outcome}`]);
  }
  expect(Object.fromEntries(steps), 'a status that changed would be news, and the next try would follow at once').toEqual({
    hot: ['0 s, marked', '2 s, as it was', '3 s, as it was', '126 s, as it was'],
    cold: ['1 s, marked', '65 s, as it was', '66 s, as it was', '190 s, as it was'],
  });
});

test('what only a guard held up has its usual turn', () => {
  const first = plan(after([]), elasticsearch);
  const held = first.pending.map((entry) => ({ ...entry, blocked: { reason: 'PilotNotReady', message: 'wait' } }));
  expect(plan(after(held), elasticsearch).step?.action).toEqual(first.step?.action);
});
