import type { ElasticsearchClusterSpec } from '@navigator/api-types';
import { describe, expect, test } from 'vitest';
import type { ClusterSnapshot } from '../../snapshot.ts';
import { elasticsearchSnapshot, iso, nodesOf, NOW, withoutPod, withPilotStatus, withView } from '../../testing/snapshots.ts';
import { health } from './health.ts';

type Snapshot = ClusterSnapshot<ElasticsearchClusterSpec>;

const healthy = elasticsearchSnapshot();

function withHealth(snapshot: Snapshot, value: 'Green' | 'Yellow' | 'Red' | 'Unknown', message?: string): Snapshot {
  return withView(snapshot, { health: value, ...(message === undefined ? {} : { message }) });
}

describe('health', () => {
  test.each<[string, Snapshot, ReturnType<typeof health>]>([
    ['Green', healthy, { health: 'Green', message: '' }],
    ['Green while shards move', withHealth(healthy, 'Green', '1 moving'), { health: 'Green', message: '' }],
    ['Yellow', withHealth(healthy, 'Yellow', '1 initializing'), { health: 'Yellow', message: '1 initializing' }],
    ['Red', withHealth(healthy, 'Red', 'bad'), { health: 'Red', message: 'bad' }],
  ])('%s is told in the words of the master', (_name, snapshot, expected) => {
    expect(health(snapshot)).toEqual(expected);
  });

  test('a node of the spec that does not exist yet does not change the health of those that do', () => {
    const growing = elasticsearchSnapshot({
      spec: { nodePools: [{ name: 'mixed', replicas: 4 }] },
      running: { nodePools: [{ name: 'mixed', replicas: 3 }] },
    });
    expect(nodesOf(growing)).toHaveLength(4);
    expect(health(growing).health).toBe('Green');
  });
});

test('what Elasticsearch says of shards without a node and of its disks is told', () => {
  const explanation = 'replica of shard 0 of index "a" has no node since NODE_LEFT';
  const yellow = withView(healthy, { health: 'Yellow', message: '2 shards without a node', explanation, disk: '1 node is full' });
  expect(health(yellow)).toEqual({
    health: 'Yellow',
    message: `2 shards without a node; ${explanation}`,
    concern: { reason: 'DiskAlmostFull', message: 'Elasticsearch says of its disks: 1 node is full' },
  });
  expect(health(withView(healthy, { disk: '1 node is full' }))).toMatchObject({
    health: 'Green',
    concern: { reason: 'DiskAlmostFull' },
  });
});

describe('a majority that is lost', () => {
  const leaderless = withView(healthy, { authoritative: false });
  const [first, second] = ['es-demo-mixed-0', 'es-demo-mixed-1'];

  test('is named, with who is away and how many must run', () => {
    const lost = withPilotStatus(withoutPod(leaderless, second), first, { phase: 'Failed', health: 'Unhealthy' });
    expect(health(lost)).toMatchObject({
      health: 'Unknown',
      concern: {
        reason: 'QuorumLost',
        message: `2 of 3 master-eligible nodes are not running ("${first}", "${second}"); 2 must run to elect a master`,
      },
    });
  });

  const { 'navigator.dev/cluster-id': _id, ...notFormed } = leaderless.cluster.annotations;
  test.each<[string, Snapshot]>([
    ['one is away: the others elect', withoutPod(leaderless, second)],
    [
      'pilots are silent: nothing is known',
      [first, second].reduce((s, name) => withPilotStatus(s, name, { heartbeatTime: iso(NOW - 400_000) }), leaderless),
    ],
    [
      'it has not formed yet',
      withoutPod(withoutPod({ ...leaderless, cluster: { ...leaderless.cluster, annotations: notFormed } }, first), second),
    ],
    ['somebody leads', withoutPod(withoutPod(healthy, 'es-demo-mixed-2'), second)],
  ])('is not claimed when %s', (_name, snapshot) => {
    expect(health(snapshot).concern).toBeUndefined();
  });
});
