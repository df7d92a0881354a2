import { expect, test } from 'vitest';
import { leavesOf, removeLeaf, setLeaf } from './field-paths.ts';

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
  for (const { steps } of leavesOf({ metadata: { ownerReferences: [reference] } }, 'ConfigMap').values()) removeLeaf(root, steps);
  expect(root).toEqual({ metadata: { name: 'a', ownerReferences: [other] } });
});
