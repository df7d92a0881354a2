import { expect, test } from 'vitest';
import { leavesOf, removeLeaves, setLeaf } from './field-paths.ts';

const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: 'uid-1' };
const owned = { metadata: { name: 'a', ownerReferences: [reference] } };

test('an item of a keyed list is put together again, though its key comes last', () => {
  const root = { metadata: { name: 'a' } };
  for (const leaf of leavesOf(owned, 'ConfigMap').values()) setLeaf(root, leaf);
  expect(root).toEqual(owned);
});

test('an item is gone with its last field, and others stay', () => {
  const other = { ...reference, uid: 'uid-2' };
  const root = { metadata: { name: 'a', ownerReferences: [other, { ...reference }] } };
  removeLeaves(root, [...leavesOf({ metadata: { ownerReferences: [reference] } }, 'ConfigMap').values()]);
  expect(root).toEqual({ metadata: { name: 'a', ownerReferences: [other] } });
});

test('an item whose keys come before its other fields is gone as a whole', () => {
  const spread = { topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: { a: 'b' } } };
  const pod = { spec: { topologySpreadConstraints: [spread], nodeName: 'n' } };
  const root = structuredClone(pod);
  removeLeaves(root, [...leavesOf({ spec: { topologySpreadConstraints: [spread] } }, 'Pod').values()]);
  expect(root).toEqual({ spec: { nodeName: 'n' } });
});
