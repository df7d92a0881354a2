import { expect, test } from 'vitest';
import type { ClaimView } from '../snapshot.ts';
import { CLUSTER_UID, elasticsearchSnapshot } from '../testing/snapshots.ts';
import { buildClaims } from './claims.ts';

const free: ClaimView = { name: 'data-es-demo-mixed-0', uid: 'claim-0', owners: [] };
const owned: ClaimView = { name: 'data-es-demo-mixed-1', uid: 'claim-1', owners: [CLUSTER_UID] };

test('under Delete every claim gets the cluster as owner, but not as controller', () => {
  const built = buildClaims(elasticsearchSnapshot({ spec: { volumeReclaimPolicy: 'Delete' }, claims: [free, owned] }));
  const reference = { apiVersion: 'navigator.dev/v1alpha1', kind: 'ElasticsearchCluster', name: 'demo', uid: CLUSTER_UID };
  expect(built.map(({ metadata }) => [metadata.name, metadata.uid, metadata.ownerReferences])).toEqual([
    ['data-es-demo-mixed-0', 'claim-0', [reference]],
    ['data-es-demo-mixed-1', 'claim-1', [reference]],
  ]);
});

test('under Retain a claim that belonged to the cluster is let go, and the others are not touched', () => {
  const built = buildClaims(elasticsearchSnapshot({ spec: { volumeReclaimPolicy: 'Retain' }, claims: [free, owned] }));
  expect(built).toEqual([
    { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: owned.name, namespace: 'shop', uid: 'claim-1' } },
  ]);
});
