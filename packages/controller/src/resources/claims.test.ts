import { ANNOTATIONS } from '@navigator/api-types';
import { describe, expect, test } from 'vitest';
import type { ClaimView, ClusterSnapshot } from '../snapshot.ts';
import { CLUSTER_UID, elasticsearchSnapshot, withPilotStatus } from '../testing/snapshots.ts';
import { elasticsearch } from '../engines/elasticsearch/index.ts';
import { buildClaims } from './claims.ts';

// Of ordinals that no node has: their identity is not known.
const free: ClaimView = { name: 'data-es-demo-mixed-7', uid: 'claim-0', owners: [] };
const owned: ClaimView = { name: 'data-es-demo-mixed-8', uid: 'claim-1', owners: [CLUSTER_UID] };

test('under Delete every claim gets the cluster as owner, but not as controller', () => {
  const built = buildClaims(
    elasticsearchSnapshot({ spec: { volumeReclaimPolicy: 'Delete' }, claims: [free, owned] }),
    elasticsearch,
  );
  const reference = { apiVersion: 'navigator.dev/v1alpha1', kind: 'ElasticsearchCluster', name: 'demo', uid: CLUSTER_UID };
  expect(built.map(({ metadata }) => [metadata.name, metadata.uid, metadata.ownerReferences])).toEqual([
    ['data-es-demo-mixed-7', 'claim-0', [reference]],
    ['data-es-demo-mixed-8', 'claim-1', [reference]],
  ]);
});

test('under Retain a claim that belonged to the cluster is let go, and the others are not touched', () => {
  const built = buildClaims(
    elasticsearchSnapshot({ spec: { volumeReclaimPolicy: 'Retain' }, claims: [free, owned] }),
    elasticsearch,
  );
  expect(built).toEqual([
    { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: owned.name, namespace: 'shop', uid: 'claim-1' } },
  ]);
});

describe('the identity of the data', () => {
  const claim: ClaimView = { name: 'data-es-demo-mixed-1', uid: 'claim-1', owners: [] };
  const annotationsOf = (snapshot: ClusterSnapshot) =>
    buildClaims(snapshot, elasticsearch).map(({ metadata }) => metadata.annotations);

  test('is written down once the node serves', () => {
    expect(annotationsOf(elasticsearchSnapshot({ claims: [claim] }))).toEqual([
      { [ANNOTATIONS.dataIdentity]: 'id-es-demo-mixed-1' },
    ]);
  });
  test('is not written down while the node does not serve: it may not have joined yet', () => {
    const starting = withPilotStatus(elasticsearchSnapshot({ claims: [claim] }), 'es-demo-mixed-1', { phase: 'Starting' });
    expect(annotationsOf(starting)).toEqual([]);
  });
  test('stays when the node is away', () => {
    const away = elasticsearchSnapshot({ exists: false, claims: [{ ...claim, identity: 'before' }] });
    expect(annotationsOf(away)).toEqual([{ [ANNOTATIONS.dataIdentity]: 'before' }]);
  });
});
