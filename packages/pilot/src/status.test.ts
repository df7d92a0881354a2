import type { PilotStatus } from '@navigator/api-types';
import { pilotStatusSchema } from '@navigator/api-types';
import { expect, test } from 'vitest';
import type { Observation } from './engines/engine.ts';
import { formatBytes } from './format-bytes.ts';
import { NEW_LIFE } from './lifecycle.ts';
import { buildStatus, type Facts, isSignificant } from './status.ts';

const observation: Observation = {
  ready: true,
  alive: true,
  version: '8.15.0',
  identity: { id: 'abc' },
  data: { bytes: 1_258_291, documents: 7, shards: 3 },
  view: { authoritative: true, members: [], schemaVersions: [] },
};

function facts(phase: Facts['life']['phase'], more: Partial<Facts> = {}): Facts {
  return { life: { ...NEW_LIFE, phase }, podUid: 'pod-1', generation: 2, restarts: 0, ...more };
}

const known = { version: '8.15.0', identity: { id: 'abc' } };

test('a running node tells everything, in the words of the schema', () => {
  const status = buildStatus(facts('Running', { observation, known, process: { startedAt: '2026-01-01T00:00:00.000Z' } }));
  expect(status).toMatchObject({
    observedGeneration: 2,
    podUid: 'pod-1',
    health: 'Healthy',
    version: '8.15.0',
    dataSummary: '1.2Mi',
  });
  expect(status.process).toEqual({ startedAt: '2026-01-01T00:00:00.000Z', restarts: 0 });
  expect(pilotStatusSchema.strict().safeParse(status).success).toBe(true);
});

test('what a failed look could not tell is absent, but the process is still the same one', () => {
  const status = buildStatus(facts('Running', { known }));
  expect(status).toMatchObject({ health: 'Unknown', version: '8.15.0', identity: { id: 'abc' } });
  expect(status).not.toHaveProperty('data');
  expect(status).not.toHaveProperty('dataSummary');
  expect(status).not.toHaveProperty('view');
});

test.each(['Waiting', 'Refused', 'Stopped', 'Failed'] as const)('a node that is %s claims nothing about a process', (phase) => {
  const status = buildStatus(facts(phase, { observation, known }));
  expect(status.health).toBe('Unknown');
  for (const field of ['version', 'data', 'identity', 'view']) expect(status).not.toHaveProperty(field);
});

test.each(['Waiting', 'Refused', 'Starting', 'Stopped', 'Failed'] as const)(
  'a node that is %s tells the version of its data',
  (phase) => {
    expect(buildStatus(facts(phase, { dataVersion: '8.19.9' })).dataVersion).toBe('8.19.9');
  },
);

const base: PilotStatus = buildStatus(facts('Running', { observation, known }));

function withData(data: Partial<NonNullable<PilotStatus['data']>>): PilotStatus {
  return { ...base, data: { bytes: 1000, documents: 100, shards: 4, ...data }, dataSummary: 'x' };
}

test.each([
  ['nothing', withData({}), withData({}), false],
  ['a few bytes', withData({}), withData({ bytes: 1900, documents: 150 }), false],
  ['twice the bytes', withData({}), withData({ bytes: 2000 }), true],
  ['half the bytes', withData({}), withData({ bytes: 500 }), true],
  ['the last document', withData({ documents: 1 }), withData({ documents: 0 }), true],
  ['the first document', withData({ documents: 0 }), withData({ documents: 1 }), true],
  ['the last shard', withData({ shards: 1 }), withData({ shards: 0 }), true],
  ['data becoming unknown', withData({}), base.data === undefined ? base : { ...base, data: undefined }, true],
  ['the heartbeat alone', base, { ...base, heartbeatTime: '2026-01-01T00:00:00.000Z' }, false],
  ['the phase', base, { ...base, phase: 'Draining' }, true],
  ['the message', base, { ...base, message: 'no master' }, true],
  ['the view', base, { ...base, view: { authoritative: false, members: [], schemaVersions: [] } }, true],
] as const)('%s: significant or not', (_name, before, after, expected) => {
  expect(isSignificant(before as PilotStatus, after as PilotStatus)).toBe(expected);
});

test.each([
  [0, '0'],
  [1023, '1023'],
  [1024, '1Ki'],
  [1_258_291, '1.2Mi'],
  [10 * 1024 ** 3, '10Gi'],
  [3.5 * 1024 ** 4, '3.5Ti'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
