import { ANNOTATIONS } from '@navigator/api-types';
import { describe, expect, test } from 'vitest';
import type { ClaimView, ClusterSnapshot } from '../snapshot.ts';
import { CLUSTER_UID, elasticsearchSnapshot, withPilotStatus } from '../testing/snapshots.ts';
import { elasticsearch } from '../engines/elasticsearch/index.ts';
import { buildClaims } from './claims.ts';

const free: ClaimView = { name: 'data-es-demo-mixed-0', uid: 'claim-0', owners: [] };
const owned: ClaimView = { name: 'data-es-demo-mixed-1', uid: 'claim-1', owners: [CLUSTER_UID] };

/** Name, UID and owners of what is written, of nodes that do not serve yet. */
function ownersOf(volumeReclaimPolicy: string, claims: readonly ClaimView[]): unknown[] {
  const built = buildClaims(elasticsearchSnapshot({ exists: false, spec: { volumeReclaimPolicy }, claims }), elasticsearch);
  return built.map(({ metadata }) => [metadata.name, metadata.uid, metadata.ownerReferences]);
}

test('under Delete every claim gets the cluster as owner, but not as controller', () => {
  const reference = { apiVersion: 'navigator.dev/v1alpha1', kind: 'ElasticsearchCluster', name: 'demo', uid: CLUSTER_UID };
  expect(ownersOf('Delete', [free, owned])).toEqual([
    [free.name, 'claim-0', [reference]],
    [owned.name, 'claim-1', [reference]],
  ]);
});

test('a claim that only bears the labels, such as a copy made by a backup tool, is never owned', () => {
  const copies = ['copy-of-data-es-demo-mixed-0', 'data-es-demo-mixed-9'].map((name): ClaimView => ({
    name,
    uid: name,
    owners: [],
  }));
  expect(ownersOf('Delete', copies)).toEqual([]);
});

test('under Retain a claim that belonged to the cluster is let go, and the others are not touched', () => {
  expect(ownersOf('Retain', [free, owned])).toEqual([[owned.name, 'claim-1', undefined]]);
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
