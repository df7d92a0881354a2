import { expect, test } from 'vitest';
import type { Effect } from './actions/action.ts';
import { isFoundation, mayStep } from './may-step.ts';
import { statefulSetObject } from './testing/kube-objects.ts';

const refused = [statefulSetObject('mixed')];
const seen = [statefulSetObject('mixed'), statefulSetObject('hot', { replicas: 3 })];

function may(nodePool: string, effects: readonly Effect[], stops?: string): boolean {
  const action = { name: 'Scale', nodePool, why: '' } as const;
  return mayStep({ action, effects, ...(stops === undefined ? {} : { stops }) }, refused, seen);
}

const resized = (replicas: number): Effect => ({ do: 'apply', object: statefulSetObject('hot', { replicas }) });
const which = { name: 'es-demo-hot', uid: 'u', resourceVersion: '1' };

test.each<[string, boolean, string, Effect[], string?]>([
  ['more nodes of another pool', true, 'hot', [resized(4)]],
  ['a new pool', true, 'cold', [{ do: 'apply', object: statefulSetObject('cold') }]],
  ['a pod of another pool that cannot come up', true, 'hot', [{ do: 'deletePod', ...which }]],
  ['anything of its own pool', false, 'mixed', [{ do: 'deletePod', ...which }]],
  ['fewer nodes', false, 'hot', [resized(2)]],
  ['a StatefulSet that is made smaller', false, 'hot', [{ do: 'shrink', ...which, replicas: 0 }]],
  ['a StatefulSet that goes', false, 'hot', [{ do: 'delete', kind: 'StatefulSet', ...which }]],
  ['a restart of a node', false, 'hot', [resized(3)], 'es-demo-hot-2'],
])('while a StatefulSet is refused, %s: %s', (_name, expected, pool, effects, stops) => {
  expect(may(pool, effects, stops)).toBe(expected);
});

test('pods stand on accounts and Pilots, not on budgets and what is written on claims', () => {
  const kinds = ['ServiceAccount', 'NetworkPolicy', 'Pilot', 'PodDisruptionBudget', 'PersistentVolumeClaim'];
  const founded = kinds.filter((kind) => isFoundation({ apiVersion: 'v1', kind, metadata: { name: 'a' } }));
  expect(founded).toEqual(['ServiceAccount', 'NetworkPolicy', 'Pilot']);
});
