import type { ElasticsearchClusterSpec } from '@navigator/api-types';
import { expect, test } from 'vitest';
import type { ClusterSnapshot } from '../../snapshot.ts';
import {
  elasticsearchSnapshot,
  iso,
  nodeOf,
  NOW,
  withoutPilot,
  withoutPod,
  withPilotStatus,
  withView,
} from '../../testing/snapshots.ts';
import { currentView, memberOf } from './cluster-view.ts';

type Snapshot = ClusterSnapshot<ElasticsearchClusterSpec>;
type Change = (healthy: Snapshot) => Snapshot;

const MASTER = 'es-demo-mixed-0';
const OTHER = 'es-demo-mixed-1';
const healthy = elasticsearchSnapshot();

/** Another node that also says that it leads. */
function rival(healthySnapshot: Snapshot, change: Parameters<typeof withView>[1]): Snapshot {
  const view = nodeOf(healthySnapshot, MASTER).pilot?.status.view;
  return withView(withPilotStatus(healthySnapshot, OTHER, { view }), change, OTHER);
}

function withoutMember(snapshot: Snapshot, name: string): Snapshot {
  return withView(snapshot, (view) => ({ ...view, members: view.members.filter((member) => member.name !== name) }));
}

function withMember(snapshot: Snapshot, name: string, fields: Readonly<Record<string, string>>): Snapshot {
  return withView(snapshot, (view) => ({
    ...view,
    members: view.members.map((member) => (member.name === name ? { ...member, ...fields } : member)),
  }));
}

const believed: [string, Change][] = [
  ['all is well', (s) => s],
  ['a silent pilot, whose database runs on', (s) => withPilotStatus(s, OTHER, { heartbeatTime: iso(NOW - 400_000) })],
  ['a node that is gone and that the master does not list', (s) => withoutMember(withoutPod(s, OTHER), OTHER)],
  [
    'a new pod that waits and that the master does not list',
    (s) => withoutMember(withPilotStatus(s, OTHER, { phase: 'Waiting' }), OTHER),
  ],
  [
    'a node that starts and has not joined yet',
    (s) =>
      withoutMember(
        withPilotStatus(s, OTHER, { phase: 'Starting', health: 'Unhealthy', process: { startedAt: iso(NOW), restarts: 1 } }),
        OTHER,
      ),
  ],
  ['a node that drains, in the cluster or not', (s) => withPilotStatus(s, OTHER, { phase: 'Draining', health: 'Unhealthy' })],
  ['a pod without a Pilot, which was never told to start', (s) => withoutMember(withoutPilot(s, OTHER), OTHER)],
  ['two nodes that both led within moments and say the same', (s) => rival(s, {})],
];

test.each(believed)('the master is believed: %s', (_name, change) => {
  expect(currentView(change(healthy))).toMatchObject({ known: true, report: { node: { name: MASTER } } });
});

const doubted: [string, Change, string][] = [
  ['nobody leads', (s) => withView(s, { authoritative: false }), 'No node reports as the elected master'],
  ['the master is silent', (s) => withPilotStatus(s, MASTER, { heartbeatTime: iso(NOW - 151_000) }), 'No node reports'],
  ['the master pod is gone', (s) => withoutPod(s, MASTER), 'No node reports'],
  ['two leaders of two clusters', (s) => rival(s, { clusterId: 'second' }), 'both report as the elected master'],
  ['two leaders that see another health', (s) => rival(s, { health: 'Red' }), 'both report as the elected master'],
  ['two leaders that see other members', (s) => rival(s, { members: [] }), 'both report as the elected master'],
  ['the cluster has another UUID than it had', (s) => withView(s, { clusterId: 'second' }), 'a second cluster has formed'],
  ['a listed node whose pod is gone', (s) => withoutPod(s, OTHER), `still lists "${OTHER}"`],
  ['a listed node whose new pod says nothing yet', (s) => withPilotStatus(s, OTHER, { podUid: 'old' }), `still lists "${OTHER}"`],
  ['a listed node that has not started', (s) => withPilotStatus(s, OTHER, { phase: 'Waiting' }), `still lists "${OTHER}"`],
  ['a listed node whose process ended', (s) => withPilotStatus(s, OTHER, { phase: 'Failed' }), `still lists "${OTHER}"`],
  ['a node that serves but is not listed', (s) => withoutMember(s, OTHER), `does not list "${OTHER}" yet`],
  [
    'a node that is listed as down although it serves',
    (s) => withMember(s, OTHER, { state: 'Down' }),
    `does not list "${OTHER}" yet`,
  ],
  ['a node listed with its earlier address', (s) => withMember(s, OTHER, { address: 'earlier' }), 'is older than the process'],
  ['a node listed with its earlier version', (s) => withMember(s, OTHER, { version: '8.14.0' }), 'is older than the process'],
  ['a node listed with another id', (s) => withMember(s, OTHER, { id: 'earlier' }), 'is older than the process'],
  [
    'a report from before the process began',
    (s) => withPilotStatus(s, OTHER, { process: { startedAt: iso(NOW - 1_000), restarts: 1 } }),
    'is older than the process',
  ],
  [
    'a report so close after the start that the look may have been before it',
    (s) => withPilotStatus(s, OTHER, { process: { startedAt: iso(NOW - 5_000), restarts: 1 } }),
    'is older than the process',
  ],
  ['a process of unknown age', (s) => withPilotStatus(s, OTHER, { process: undefined }), 'is older than the process'],
];

test.each(doubted)('nothing is believed: %s', (_name, change, message) => {
  const current = currentView(change(healthy));
  expect(current).toMatchObject({ known: false, problem: { message: expect.stringContaining(message) } });
});

test('before the cluster has formed, any UUID may become its own', () => {
  const forming = { ...healthy, cluster: { ...healthy.cluster, annotations: {} } };
  expect(currentView(forming).known).toBe(true);
});

test('a member without a name is found by its id', () => {
  const nameless = withView(healthy, (view) => ({ ...view, members: view.members.map(({ name: _name, ...member }) => member) }));
  const current = currentView(nameless);
  expect(current.known && memberOf(current.report, nodeOf(nameless, OTHER))?.id).toBe(`id-${OTHER}`);
});
