import { PILOT_PHASES, type PilotPhase } from '@navigator/api-types';
import { expect, test } from 'vitest';
import { cassandraSnapshot, iso, nodeOf, NOW, withoutPilot, withoutPod, withPilotStatus } from '../testing/snapshots.ts';
import { freshReports, isDown, knowsProcess, OBSERVATION_AGE_MS } from './reports.ts';

const NAME = 'cass-demo-ring-1';
const healthy = cassandraSnapshot();

const DOWN: Readonly<Record<PilotPhase, boolean>> = {
  Waiting: true,
  Refused: true,
  Suspended: true,
  Starting: false,
  Running: false,
  Draining: false,
  Stopped: true,
  Failed: true,
};

test.each(PILOT_PHASES)('a node that freshly says %s', (phase) => {
  const given = withPilotStatus(healthy, NAME, { phase });
  expect(isDown(nodeOf(given, NAME), NOW)).toBe(DOWN[phase]);
  // Only a process that runs can have looked at the cluster.
  expect(freshReports(given).some(({ node }) => node.name === NAME)).toBe(!DOWN[phase]);
});

test.each(PILOT_PHASES)('a pilot that went silent after %s proves nothing', (phase) => {
  const given = withPilotStatus(healthy, NAME, { phase, heartbeatTime: iso(NOW - 151_000) });
  expect(isDown(nodeOf(given, NAME), NOW)).toBe(false);
  expect(freshReports(given).some(({ node }) => node.name === NAME)).toBe(false);
});

test.each([
  ['has no pod', withoutPod(healthy, NAME)],
  ['has no Pilot', withoutPilot(healthy, NAME)],
  ['has a new pod', withPilotStatus(healthy, NAME, { podUid: 'earlier' })],
  ['has said nothing yet', withPilotStatus(healthy, NAME, { phase: undefined })],
])('a node is down when it %s', (_name, given) => {
  expect(isDown(nodeOf(given, NAME), NOW)).toBe(true);
});

test('the newest report comes first', () => {
  const given = withPilotStatus(healthy, NAME, { heartbeatTime: iso(NOW) });
  expect(freshReports(given)[0]?.node.name).toBe(NAME);
  expect(freshReports(given)).toHaveLength(3);
});

test('a report knows a process that had begun before it was looked for', () => {
  const [report] = freshReports(healthy);
  const startedAt = (ms: number) =>
    nodeOf(withPilotStatus(healthy, NAME, { process: { startedAt: iso(ms), restarts: 0 } }), NAME);
  const at = report?.at ?? 0;
  expect(report && knowsProcess(report, startedAt(at - OBSERVATION_AGE_MS))).toBe(true);
  expect(report && knowsProcess(report, startedAt(at - OBSERVATION_AGE_MS + 1))).toBe(false);
});
