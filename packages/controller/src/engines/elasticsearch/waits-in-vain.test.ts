import { describe, expect, test } from 'vitest';
import { withHanging } from '../../testing/pods.ts';
import {
  elasticsearchSnapshot,
  iso,
  mapNodes,
  nodeOf,
  nodesOf,
  NOW,
  withPilotStatus,
  withView,
} from '../../testing/snapshots.ts';
import { currentView } from './cluster-view.ts';
import { waitsInVain } from './waits-in-vain.ts';

const [MASTER, SECOND, THIRD] = ['es-demo-mixed-0', 'es-demo-mixed-1', 'es-demo-mixed-2'] as const;
const healthy = elasticsearchSnapshot();

type Snapshot = typeof healthy;

function inVain(snapshot: Snapshot): string[] {
  return nodesOf(snapshot).flatMap((node) => (waitsInVain(snapshot, node) ? [node.name] : []));
}

describe('a node that has found no master for long', () => {
  test('waits in vain beside a cluster that goes on without it', () => {
    expect(inVain(withHanging(healthy, SECOND))).toEqual([SECOND]);
  });

  test('waits in vain when it is the only one, so that nobody leads', () => {
    const one = elasticsearchSnapshot({ spec: { nodePools: [{ name: 'mixed', replicas: 1 }] } });
    expect(inVain(withHanging(one, MASTER))).toEqual([MASTER]);
  });

  test('does so with all others where all of them do, and only once each has had its time: no vote is lost by it', () => {
    const all = nodesOf(healthy).reduce((snapshot, { name }) => withHanging(snapshot, name), healthy);
    expect(inVain(all)).toEqual([MASTER, SECOND, THIRD]);
    const soon = mapNodes(all, (node) => nodeOf(withStart(all, node.name, NOW - 90_000), node.name));
    expect(inVain(soon)).toEqual([]);
    expect(inVain(withStart(all, SECOND, NOW - 90_000))).toEqual([MASTER, THIRD]);
  });

  test('is let be when whoever leads has just taken it in, be that report believed or not', () => {
    const { members } = healthyView();
    const joined = withView(withHanging(healthy, SECOND), { members });
    expect(inVain(joined)).toEqual([]);
    const old = withStart(joined, THIRD, NOW - 2_000);
    expect(currentView(old).known).toBe(false);
    expect(inVain(old)).toEqual([]);
  });
});

function withStart(snapshot: Snapshot, name: string, at: number): Snapshot {
  return withPilotStatus(snapshot, name, { process: { startedAt: iso(at), restarts: 0 } });
}

function healthyView(): NonNullable<ReturnType<typeof viewOf>> {
  const view = viewOf();
  if (view === undefined) throw new TypeError('nobody leads');
  return view;
}

function viewOf() {
  return nodeOf(healthy, MASTER).pilot?.status.view;
}
