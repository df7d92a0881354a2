import type { ElasticsearchClusterSpec } from '@navigator/api-types';
import { expect, test } from 'vitest';
import type { ClusterSnapshot } from '../../snapshot.ts';
import { leaving } from '../../testing/leaving.ts';
import { elasticsearchSnapshot, nodeOf, withoutPod, withView } from '../../testing/snapshots.ts';
import { elasticsearch } from './index.ts';

type Snapshot = ClusterSnapshot<ElasticsearchClusterSpec>;

const LEAVER = 'es-demo-mixed-2';

/** Two of three stay, and the third is away; these votes of absent ones count. */
function away(absentVoters: string[] | undefined): Snapshot {
  const pools = (replicas: number): object => ({ nodePools: [{ name: 'mixed', replicas }] });
  const given = elasticsearchSnapshot({ spec: { ...pools(2) }, running: { ...pools(3) } });
  const gone = withoutPod(leaving(given, LEAVER), LEAVER);
  return withView(gone, (view) => ({
    ...view,
    members: view.members.filter(({ name }) => name !== LEAVER),
    ...(absentVoters === undefined ? {} : { absentVoters }),
  }));
}

function ordersOf(snapshot: Snapshot): readonly string[] | undefined {
  return elasticsearch.orders(snapshot, nodeOf(snapshot, 'es-demo-mixed-0'))?.voteless;
}

test.each<[string, string[] | undefined, object]>([
  ['is counted: it goes on leaving', ['id-of-2'], { pass: false, hold: { reason: 'NodeLeaving' } }],
  ['may be counted: it goes on leaving', undefined, { pass: false, hold: { reason: 'ClusterHealthUnknown' } }],
  ['is counted no more: it has left', [], { pass: true }],
])('the vote of a node that is away %s', (_name, absentVoters, verdict) => {
  const snapshot = away(absentVoters);
  expect(elasticsearch.hasLeft(snapshot, nodeOf(snapshot, LEAVER))).toMatchObject(verdict);
});

test('its vote is taken by its id, unless another one is away that stays', () => {
  expect(ordersOf(away(['id-of-2']))).toEqual([LEAVER, 'id-of-2']);
  const both = withView(away(['id-of-2', 'id-of-1']), (view) => ({ ...view, members: view.members.slice(0, 1) }));
  expect(ordersOf(withoutPod(both, 'es-demo-mixed-1'))).toEqual([LEAVER]);
});
