import { describe, expect, test } from 'vitest';
import type { StartFacts } from './start-plan.ts';
import { planStart } from './start-plan.ts';
import { CONFIG, FIRST, marker, pilotSpec, SECOND } from './testing/fixtures.ts';

const IP = '10.1.0.5';
const EMPTY = { hasFiles: false, hasSystemLocal: false };
const DATA = { hasFiles: true, hasSystemLocal: true };
const bootstrap = { initialMembers: [FIRST] };

function facts(change: Partial<StartFacts>): StartFacts {
  return { podName: FIRST, podIp: IP, config: CONFIG, spec: pilotSpec(), volume: EMPTY, peerSeeds: [], ...change };
}

describe('an empty volume', () => {
  test('the initial member of a cluster that never formed seeds itself', () => {
    const plan = planStart(facts({ spec: pilotSpec({ bootstrap }) }));
    expect(plan).toEqual({ is: 'start', firstStart: 'Seed', seeds: [IP], resetBootstrap: false });
  });

  test('the same pod joins the others once the cluster has formed', () => {
    const plan = planStart(facts({ peerSeeds: ['10.1.0.6'] }));
    expect(plan).toEqual({ is: 'start', firstStart: 'Join', seeds: ['10.1.0.6'], resetBootstrap: false });
  });

  test('a joining node is never its own seed, even when the cluster has not formed', () => {
    const plan = planStart(facts({ podName: SECOND, podIp: '10.1.0.6', spec: pilotSpec({ bootstrap }), peerSeeds: [IP] }));
    expect(plan).toMatchObject({ is: 'start', firstStart: 'Join', seeds: [IP] });
  });

  test('only the first of several initial members makes the cluster', () => {
    const spec = pilotSpec({ bootstrap: { initialMembers: [FIRST, SECOND] } });
    expect(planStart(facts({ podName: SECOND, spec, peerSeeds: [] })).is).toBe('Waiting');
  });

  test('it waits while no seed has an address', () => {
    expect(planStart(facts({ podName: SECOND }))).toEqual({ is: 'Waiting', message: expect.stringContaining(FIRST) });
  });

  test('it waits while only itself is named as a seed', () => {
    const plan = planStart(facts({ spec: pilotSpec({ seeds: [FIRST] }) }));
    expect(plan).toEqual({ is: 'Waiting', message: expect.stringContaining('no seed is named') });
  });

  test('a marker without data is of an earlier try and binds nobody to its way', () => {
    const volume = { ...EMPTY, marker: marker({ state: 'New', firstStart: 'Join' }) };
    expect(planStart(facts({ volume, spec: pilotSpec({ bootstrap }) }))).toMatchObject({ is: 'start', seeds: [IP] });
  });
});

describe('a volume whose node has joined', () => {
  const volume = { ...DATA, marker: marker() };

  test('starts as a seed among seeds, so that it also starts alone', () => {
    const joined = { is: 'start', firstStart: 'Seed', resetBootstrap: false };
    expect(planStart(facts({ volume }))).toEqual({ ...joined, seeds: [IP] });
    expect(planStart(facts({ volume, peerSeeds: ['10.1.0.6'] }))).toEqual({ ...joined, seeds: [IP, '10.1.0.6'] });
  });

  test('is refused when its data are gone: as a seed it would join without any', () => {
    const plan = planStart(
      facts({ volume: { hasFiles: false, hasSystemLocal: false, marker: marker() }, spec: pilotSpec({ bootstrap }) }),
    );
    expect(plan).toEqual({ is: 'Refused', message: expect.stringContaining('gone') });
  });
});

describe('a volume whose node was never seen NORMAL', () => {
  test('lets Cassandra decide whether to bootstrap anew, and is not its own seed', () => {
    const volume = { ...DATA, marker: marker({ pod: SECOND, state: 'New', firstStart: 'Join' }) };
    const plan = planStart(facts({ podName: SECOND, volume, peerSeeds: ['10.1.0.5'] }));
    expect(plan).toEqual({ is: 'start', firstStart: 'Join', seeds: ['10.1.0.5'], resetBootstrap: true });
  });

  test('goes on making the cluster when it began to and no other did', () => {
    const volume = { hasFiles: true, hasSystemLocal: false, marker: marker({ state: 'New' }) };
    expect(planStart(facts({ volume, spec: pilotSpec({ bootstrap }) }))).toMatchObject({ is: 'start', seeds: [IP] });
  });

  test('joins when the cluster has formed meanwhile', () => {
    const volume = { ...DATA, marker: marker({ state: 'New' }) };
    expect(planStart(facts({ volume }))).toMatchObject({ is: 'Waiting' });
    expect(planStart(facts({ volume, peerSeeds: ['10.1.0.6'] }))).toMatchObject({ is: 'start', seeds: ['10.1.0.6'] });
  });

  test('a half bootstrap does not turn into the maker of a cluster', () => {
    const volume = { ...DATA, marker: marker({ state: 'New', firstStart: 'Join' }) };
    expect(planStart(facts({ volume, spec: pilotSpec({ bootstrap }) }))).toMatchObject({ is: 'Waiting' });
  });
});

test.each([
  ['files without a marker', DATA, 'did not write'],
  ['decommissioned data', { ...DATA, marker: marker({ state: 'Decommissioned' }) }, 'decommissioned'],
  ['another cluster', { ...DATA, marker: marker({ clusterName: 'other' }) }, 'cluster "other"'],
  ['another datacenter', { ...DATA, marker: marker({ datacenter: 'dc2' }) }, 'datacenter "dc2"'],
  ['another rack', { ...DATA, marker: marker({ rack: 'b' }) }, 'rack "b"'],
  ['another pod', { ...DATA, marker: marker({ pod: SECOND }) }, `pod "${SECOND}"`],
  ['another rack that never joined', { ...DATA, marker: marker({ rack: 'b', state: 'New' }) }, 'rack "b"'],
])('refused: %s', (_name, volume, words) => {
  const plan = planStart(facts({ volume, spec: pilotSpec({ bootstrap }), peerSeeds: ['10.1.0.6'] }));
  expect(plan).toEqual({ is: 'Refused', message: expect.stringContaining(words) });
});
