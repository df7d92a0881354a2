import { ANNOTATIONS, type ElasticsearchClusterSpec } from '@navigator/api-types';
import { describe, expect, test } from 'vitest';
import type { ClusterSnapshot } from '../../snapshot.ts';
import { elasticsearchSnapshot, nodeOf, nodesOf, withoutPilot, withPilotStatus, withView } from '../../testing/snapshots.ts';
import { mayRestart, mayScaleOut } from './guards.ts';

type Snapshot = ClusterSnapshot<ElasticsearchClusterSpec>;

const healthy = elasticsearchSnapshot();
const oneDataNode = elasticsearchSnapshot({
  spec: {
    nodePools: [
      { name: 'masters', roles: ['master'] },
      { name: 'data', roles: ['data'], replicas: 1 },
    ],
  },
});
const LAST = 'es-demo-mixed-2';

function withHealth(snapshot: Snapshot, value: 'Green' | 'Yellow' | 'Red' | 'Unknown', message?: string): Snapshot {
  return withView(snapshot, { health: value, ...(message === undefined ? {} : { message }) });
}

function withoutMember(snapshot: Snapshot, name: string): Snapshot {
  return withView(snapshot, (view) => ({ ...view, members: view.members.filter((member) => member.name !== name) }));
}

describe('mayRestart', () => {
  const open: [string, Snapshot][] = [
    ['Green', healthy],
    ['Yellow with a single data node, which can never be Green', withHealth(oneDataNode, 'Yellow')],
    [
      'a node that was not told to start yet',
      withoutMember(
        withoutPilot(elasticsearchSnapshot({ spec: { nodePools: [{ name: 'mixed', replicas: 4 }] } }), 'es-demo-mixed-3'),
        'es-demo-mixed-3',
      ),
    ],
  ];
  test.each(open)('open: %s', (_name, snapshot) => {
    expect(mayRestart(snapshot, nodeOf(snapshot, nodesOf(snapshot)[0]?.name ?? ''))).toEqual({ pass: true });
  });

  const shut: [string, Snapshot, string, string][] = [
    ['Yellow', withHealth(healthy, 'Yellow', '2 shards without a node'), 'ClusterHealthYellow', '2 shards without a node'],
    ['Red', withHealth(healthy, 'Red', '1 shards without a node'), 'ClusterHealthRed', '1 shards without a node'],
    ['Red with a single data node', withHealth(oneDataNode, 'Red'), 'ClusterHealthRed', 'Red'],
    ['a health that the master does not know', withHealth(healthy, 'Unknown'), 'ClusterHealthUnknown', 'does not know'],
    ['no health at all', withView(healthy, { health: undefined }), 'ClusterHealthUnknown', 'does not know'],
    ['nobody leads', withView(healthy, { authoritative: false }), 'ClusterHealthUnknown', 'elected master'],
    [
      'a node that was told to start and is not in the cluster',
      withoutMember(withPilotStatus(healthy, LAST, { phase: 'Starting', health: 'Unhealthy' }), LAST),
      'MembersMissing',
      LAST,
    ],
  ];
  test.each(shut)('shut: %s', (_name, snapshot, reason, words) => {
    expect(mayRestart(snapshot, nodeOf(snapshot, nodesOf(snapshot)[0]?.name ?? ''))).toMatchObject({
      pass: false,
      hold: { reason, message: expect.stringContaining(words) },
    });
  });
});

describe('Yellow in the middle of an upgrade', () => {
  /** The node `newer` runs 8.19.9 and has the only copies of a new index; `change` is what else the master tells. */
  function mixed(change: { recovering?: number; versions?: readonly [string, string]; told?: boolean } = {}): Snapshot {
    const { recovering = 0, versions: [old, young] = ['8.15.0', '8.19.9'], told = true } = change;
    const reported = withPilotStatus(healthy, LAST, { version: young });
    return withView(reported, (view) => ({
      ...view,
      health: 'Yellow',
      recovering,
      members: view.members.map((member) => ({
        ...member,
        version: member.name === LAST ? young : old,
        ...(told ? { soleCopies: member.name === LAST ? 1 : 0 } : {}),
      })),
    }));
  }
  const ask = (snapshot: Snapshot, name: string): boolean => mayRestart(snapshot, nodeOf(snapshot, name)).pass;

  test('a node without a shard that is only there may go, since no older node may take the copies', () => {
    expect(ask(mixed(), 'es-demo-mixed-1')).toBe(true);
  });
  test('the node that has them may not', () => {
    expect(ask(mixed(), LAST)).toBe(false);
  });
  test('a master with 7.17 tells no versions; the pilots do', () => {
    const untold = withView(mixed(), (view) => ({
      ...view,
      members: view.members.map(({ version: _version, ...member }) => member),
    }));
    expect(ask(untold, 'es-demo-mixed-1')).toBe(true);
    expect(ask(withPilotStatus(untold, LAST, { version: '8.15.0' }), 'es-demo-mixed-1')).toBe(false);
  });
  test('nobody goes while copies are being built, while all have one version, or when the master does not tell', () => {
    expect(ask(mixed({ recovering: 1 }), 'es-demo-mixed-1')).toBe(false);
    expect(ask(mixed({ versions: ['8.15.0', '8.15.0'] }), 'es-demo-mixed-1')).toBe(false);
    expect(ask(mixed({ told: false }), 'es-demo-mixed-1')).toBe(false);
  });
});

describe('mayScaleOut', () => {
  test.each<[string, Snapshot]>([
    ['Green', healthy],
    ['Yellow: more nodes may be what it needs', withHealth(healthy, 'Yellow')],
  ])('open: %s', (_name, snapshot) => {
    expect(mayScaleOut(snapshot)).toEqual({ pass: true });
  });

  const { [ANNOTATIONS.clusterId]: _id, ...annotations } = healthy.cluster.annotations;
  test.each<[string, Snapshot, string]>([
    ['Red', withHealth(healthy, 'Red'), 'ClusterHealthRed'],
    ['unknown', withView(healthy, { authoritative: false }), 'ClusterHealthUnknown'],
    ['not formed', { ...healthy, cluster: { ...healthy.cluster, annotations } }, 'ClusterNotFormed'],
    ['a second cluster', withView(healthy, { clusterId: 'second' }), 'PeersDisagree'],
  ])('shut: %s', (_name, snapshot, reason) => {
    expect(mayScaleOut(snapshot)).toMatchObject({ pass: false, hold: { reason } });
  });
});
