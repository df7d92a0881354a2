import { ANNOTATIONS, type Member } from '@navigator/api-types';
import { describe, expect, test } from 'vitest';
import type { ClaimView } from '../../snapshot.ts';
import { withHanging } from '../../testing/pods.ts';
import { cassandraSnapshot, iso, nodeOf, NOW, withPilotStatus, withView } from '../../testing/snapshots.ts';
import { waitsInVain } from './waits-in-vain.ts';

const [FIRST, SECOND, THIRD] = ['cass-demo-ring-0', 'cass-demo-ring-1', 'cass-demo-ring-2'] as const;
const served: ClaimView = { name: `data-${SECOND}`, uid: 'claim', owners: [], identity: `id-${SECOND}` };

type Snapshot = ReturnType<typeof cassandraSnapshot>;

/** The second node hangs; with `claims` it has been in the ring before. */
function hanging(claims: readonly ClaimView[] = []): Snapshot {
  return withHanging(cassandraSnapshot({ claims }), SECOND);
}

function isInVain(snapshot: Snapshot, name: string = SECOND): boolean {
  return waitsInVain(snapshot, nodeOf(snapshot, name));
}

/** All others see one more member. */
function withMember(snapshot: Snapshot, member: Member): Snapshot {
  return withView(snapshot, (view) => ({ ...view, members: [...view.members, member] }));
}

/** The pilot of the third node goes silent. */
function unheard(snapshot: Snapshot): Snapshot {
  return withPilotStatus(snapshot, THIRD, { heartbeatTime: iso(NOW - 180_000) });
}

describe('a node that may be joining streams for hours, and is let be', () => {
  test.each<[string, (snapshot: Snapshot) => Snapshot]>([
    ['as long as another sees it joining', (all) => withMember(all, { id: `id-${SECOND}`, state: 'Joining' })],
    ['also when its own JMX is dead', (all) => withMember(anonymous(all), { id: `id-${SECOND}`, state: 'Joining' })],
    ['as long as another does not tell what it sees', unheard],
    ['as long as another has no view', (all) => withPilotStatus(all, THIRD, { view: undefined })],
  ])('%s', (_name, change) => {
    expect(isInVain(hanging())).toBe(true);
    expect(isInVain(anonymous(hanging()))).toBe(true);
    expect(isInVain(change(hanging()))).toBe(false);
  });
});

describe('a node that was in the ring before moves no range when it starts', () => {
  test('so it needs nobody that speaks for it: all may be down', () => {
    expect(isInVain(hanging([served]))).toBe(true);
    expect(isInVain(unheard(hanging([served])))).toBe(true);
    expect(isInVain([FIRST, THIRD].reduce(withHanging, hanging([served])))).toBe(true);
  });

  test('but is let be as long as anybody sees it as a replica, though it serves no clients', () => {
    expect(isInVain(withMember(hanging([served]), { id: `id-${SECOND}`, state: 'Up' }))).toBe(false);
    expect(isInVain(withMember(hanging([served]), { id: `id-${SECOND}`, state: 'Down' }))).toBe(true);
  });
});

test('the node that forms the ring has nobody to stream from', () => {
  const one = cassandraSnapshot({ spec: { nodePools: [{ name: 'ring', replicas: 1 }] } });
  const { [ANNOTATIONS.clusterId]: _id, ...annotations } = one.cluster.annotations;
  expect(isInVain(withHanging({ ...one, cluster: { ...one.cluster, annotations } }, FIRST), FIRST)).toBe(true);
});

/** Its JMX never told who it is. */
function anonymous(snapshot: Snapshot): Snapshot {
  return withPilotStatus(snapshot, SECOND, { identity: undefined });
}
