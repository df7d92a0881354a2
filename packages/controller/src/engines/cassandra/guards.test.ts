import { ANNOTATIONS, type CassandraClusterSpec, type ClusterView, type Member } from '@navigator/api-types';
import { describe, expect, test } from 'vitest';
import type { ClusterSnapshot } from '../../snapshot.ts';
import {
  cassandraSnapshot,
  iso,
  mapNodes,
  nodeOf,
  NOW,
  withNode,
  withoutPilot,
  withoutPod,
  withPilotStatus,
  withView,
} from '../../testing/snapshots.ts';
import { mayRestart, mayScaleOut, mayStart } from './guards.ts';

type Snapshot = ClusterSnapshot<CassandraClusterSpec>;
type Change = (healthy: Snapshot) => Snapshot;

const [FIRST, SECOND, THIRD] = ['cass-demo-ring-0', 'cass-demo-ring-1', 'cass-demo-ring-2'] as const;
const healthy = cassandraSnapshot();

/** `joined` nodes in the ring, and pods without Pilots for the rest of `wanted`. */
function growing(joined: number, wanted = 3): Snapshot {
  const snapshot = cassandraSnapshot({
    spec: { nodePools: [{ name: 'ring', replicas: wanted }] },
    running: { nodePools: [{ name: 'ring', replicas: joined }] },
  });
  return mapNodes(snapshot, (node) =>
    node.pod === undefined
      ? {
          ...node,
          pod: {
            uid: `pod-${node.name}`,
            resourceVersion: '1',
            deleting: false,
            ready: false,
            revision: undefined,
            controllerRevision: undefined,
            createdAt: NOW,
          },
        }
      : node,
  );
}

function withoutAnnotation(snapshot: Snapshot, name: string): Snapshot {
  const { [name]: _removed, ...annotations } = snapshot.cluster.annotations;
  return { ...snapshot, cluster: { ...snapshot.cluster, annotations } };
}

/** One node's view of one member. */
function sees(snapshot: Snapshot, viewer: string | undefined, member: string, fields: Partial<Member>): Snapshot {
  const change = (view: ClusterView): ClusterView => ({
    ...view,
    members: view.members.map((each) => (each.id === `id-${member}` ? { ...each, ...fields } : each)),
  });
  return withView(snapshot, change, viewer);
}

function forgets(snapshot: Snapshot, viewer: string | undefined, member: string): Snapshot {
  return withView(snapshot, (view) => ({ ...view, members: view.members.filter(({ id }) => id !== `id-${member}`) }), viewer);
}

/** Why a ring is not at rest; each of them shuts every guard. */
const restless: [string, Change, string, string][] = [
  ['a node has no pod', (s) => withoutPod(s, SECOND), 'PilotNotReady', SECOND],
  [
    'a pod is on its way out',
    (s) => withNode(s, SECOND, (n) => ({ ...n, ...(n.pod && { pod: { ...n.pod, deleting: true } }) })),
    'PilotNotReady',
    SECOND,
  ],
  [
    'a pod is not ready',
    (s) => withNode(s, SECOND, (n) => ({ ...n, ...(n.pod && { pod: { ...n.pod, ready: false } }) })),
    'PilotNotReady',
    SECOND,
  ],
  ['a pilot is silent', (s) => withPilotStatus(s, SECOND, { heartbeatTime: iso(NOW - 151_000) }), 'PilotNotReporting', SECOND],
  ['a new pod has not reported', (s) => withPilotStatus(s, SECOND, { podUid: 'earlier' }), 'PilotNotReporting', SECOND],
  ['a node joins', (s) => withPilotStatus(s, SECOND, { phase: 'Starting', health: 'Unhealthy' }), 'PilotNotReady', SECOND],
  ['a node drains', (s) => withPilotStatus(s, SECOND, { phase: 'Draining' }), 'PilotNotReady', SECOND],
  ['a node does not know the ring', (s) => withPilotStatus(s, SECOND, { view: undefined }), 'PilotNotReporting', SECOND],
  ['a node does not know its own host id', (s) => withPilotStatus(s, SECOND, { identity: undefined }), 'PeersDisagree', SECOND],
  ['everybody sees a node down', (s) => sees(s, undefined, SECOND, { state: 'Down' }), 'MembersMissing', SECOND],
  ['one node sees another down', (s) => sees(s, THIRD, SECOND, { state: 'Down' }), 'MembersMissing', SECOND],
  ['one node sees another joining', (s) => sees(s, THIRD, SECOND, { state: 'Joining' }), 'RangeMovement', 'joining'],
  ['one node sees another leaving', (s) => sees(s, FIRST, SECOND, { state: 'Leaving' }), 'RangeMovement', 'leaving'],
  ['one node sees another moving', (s) => sees(s, FIRST, SECOND, { state: 'Moving' }), 'RangeMovement', 'moving'],
  ['one node does not know another', (s) => forgets(s, FIRST, THIRD), 'PeersDisagree', THIRD],
  [
    'one node knows a member that the others do not',
    (s) => withView(s, (v) => ({ ...v, members: [...v.members, { id: 'x', state: 'Up' }] }), THIRD),
    'PeersDisagree',
    THIRD,
  ],
  [
    'a dead member is left over',
    (s) => withView(s, (v) => ({ ...v, members: [...v.members, { id: 'dead', state: 'Down' }] })),
    'MembersMissing',
    'dead',
  ],
  ['a view has the earlier address of a node', (s) => sees(s, FIRST, THIRD, { address: 'earlier' }), 'PeersDisagree', THIRD],
  [
    'a process is younger than the reports of its peers',
    (s) => withPilotStatus(s, THIRD, { process: { startedAt: iso(NOW - 4_000), restarts: 1 } }),
    'PeersDisagree',
    THIRD,
  ],
  ['two schema versions', (s) => withView(s, { schemaVersions: ['schema-1', 'schema-2'] }), 'SchemaDisagreement', '2 versions'],
  [
    'nodes that each know one schema, but another one',
    (s) => withView(s, { schemaVersions: ['schema-2'] }, THIRD),
    'SchemaDisagreement',
    '2 versions',
  ],
  ['a node that tells no schema version', (s) => withView(s, { schemaVersions: [] }, THIRD), 'SchemaDisagreement', THIRD],
];

describe('a ring that is not at rest', () => {
  test.each(restless)('no node is stopped or added when %s', (_name, change, reason, words) => {
    const hold = { pass: false, hold: { reason, message: expect.stringContaining(words) } };
    const given = change(healthy);
    expect(mayRestart(given)).toMatchObject(hold);
    expect(mayScaleOut(given)).toMatchObject(hold);
  });

  test.each(restless)('no node begins to join when %s', (_name, change, reason, words) => {
    const given = change(growing(3, 4));
    const guard = mayStart(given, nodeOf(given, 'cass-demo-ring-3'));
    expect(guard).toMatchObject({ pass: false, hold: { reason, message: expect.stringContaining(words) } });
  });
});

describe('mayStart', () => {
  const forming = cassandraSnapshot({ exists: false });

  test('the first node forms the ring', () => {
    expect(mayStart(forming, nodeOf(forming, FIRST))).toEqual({ pass: true });
  });

  test('the first node is the one that was written down, whatever the spec says by now', () => {
    const annotations = { [ANNOTATIONS.initialMembers]: THIRD };
    const given = { ...forming, cluster: { ...forming.cluster, annotations } };
    expect(mayStart(given, nodeOf(given, THIRD))).toEqual({ pass: true });
    expect(mayStart(given, nodeOf(given, FIRST)).pass).toBe(false);
  });

  test('the others wait until it has formed, and the message names it', () => {
    const guard = mayStart(forming, nodeOf(forming, SECOND));
    expect(guard).toMatchObject({ pass: false, hold: { reason: 'ClusterNotFormed', message: expect.stringContaining(FIRST) } });
  });

  test('that it reports is not enough: that it has formed must be written down first', () => {
    const given = withoutAnnotation(growing(1), ANNOTATIONS.clusterId);
    expect(mayStart(given, nodeOf(given, SECOND)).pass).toBe(false);
  });

  test.each([1, 2])('with %d nodes at rest the next one may join', (joined) => {
    const given = growing(joined);
    expect(mayStart(given, nodeOf(given, `cass-demo-ring-${joined}`))).toEqual({ pass: true });
  });

  test('a node that was told to start and has said nothing holds up the next one', () => {
    const given = withPilotStatus(growing(2), SECOND, { podUid: undefined, phase: undefined, view: undefined });
    expect(mayStart(given, nodeOf(given, THIRD))).toMatchObject({
      pass: false,
      hold: { message: expect.stringContaining(SECOND) },
    });
  });

  test('nodes of two majors cannot stream to each other', () => {
    const given = withPilotStatus(growing(2), SECOND, { version: '4.1.10' });
    const guard = mayStart(given, nodeOf(given, THIRD));
    expect(guard).toMatchObject({ pass: false, hold: { reason: 'RangeMovement', message: expect.stringContaining('4 and 5') } });
  });

  test('a node of the next major does not join nodes that are still to be upgraded', () => {
    const asked = growing(2);
    const given = { ...asked, cluster: { ...asked.cluster, spec: { ...asked.cluster.spec, version: '6.0.0' } } };
    expect(mayStart(given, nodeOf(given, THIRD))).toMatchObject({ pass: false, hold: { reason: 'RangeMovement' } });
  });

  test('when somebody deleted every Pilot, they come back one after the other', () => {
    const none = mapNodes(healthy, ({ pilot: _pilot, ...node }) => node);
    expect(mayStart(none, nodeOf(none, FIRST))).toEqual({ pass: true });
    expect(mayStart(none, nodeOf(none, SECOND)).pass).toBe(false);
    const one = withoutPilot(withoutPilot(healthy, SECOND), THIRD);
    expect(mayStart(one, nodeOf(one, SECOND))).toEqual({ pass: true });
  });
});

describe('mayScaleOut', () => {
  test('open at rest', () => {
    expect(mayScaleOut(healthy)).toEqual({ pass: true });
  });

  test('shut before the ring has formed', () => {
    const given = withoutAnnotation(healthy, ANNOTATIONS.clusterId);
    expect(mayScaleOut(given)).toMatchObject({ pass: false, hold: { reason: 'ClusterNotFormed' } });
  });

  test('shut in the middle of a major upgrade', () => {
    expect(mayScaleOut(withPilotStatus(healthy, THIRD, { version: '4.1.10' }))).toMatchObject({
      pass: false,
      hold: { reason: 'RangeMovement' },
    });
  });
});

describe('mayRestart', () => {
  test('open at rest', () => {
    expect(mayRestart(healthy)).toEqual({ pass: true });
  });

  test('open in the middle of a major upgrade, where each major has its own schema version', () => {
    const mixed = withPilotStatus(withView(healthy, { schemaVersions: ['schema-4', 'schema-5'] }), THIRD, { version: '4.1.10' });
    expect(mayRestart(mixed)).toEqual({ pass: true });
    const three = withView(mixed, { schemaVersions: ['schema-4', 'schema-5', 'schema-6'] });
    expect(mayRestart(three)).toMatchObject({ pass: false, hold: { reason: 'SchemaDisagreement' } });
  });

  test('open although the spec asks for more nodes than were told to start', () => {
    expect(mayRestart(growing(3, 4))).toEqual({ pass: true });
  });

  test('shut when no node was ever started', () => {
    expect(mayRestart(cassandraSnapshot({ exists: false }))).toMatchObject({ pass: false, hold: { reason: 'ClusterNotFormed' } });
  });
});

test('a node whose volume holds joined data comes back although its peers are away: its cluster was made anew', () => {
  const alone = withView(growing(1), (view) => ({
    ...view,
    members: [...view.members, { id: `id-${SECOND}`, state: 'Down' }],
  }));
  expect(mayStart(alone, nodeOf(alone, SECOND)).pass).toBe(false);
  const kept = { ...alone, claims: [{ name: `data-${SECOND}`, uid: 'claim', owners: [], identity: `id-${SECOND}` }] };
  expect(mayStart(kept, nodeOf(kept, SECOND)).pass).toBe(true);
  expect(mayStart(kept, nodeOf(kept, THIRD)).pass).toBe(false);
});
