import { describe, expect, test } from 'vitest';
import type { SettingsAnswer } from './answers.ts';
import { mayKeepShardsOff, ownWants, readSettings, settingsChange, type WantedSettings } from './cluster-settings.ts';

const EXCLUDE = 'cluster.routing.allocation.exclude._name';
const EXCLUDE_ID = 'cluster.routing.allocation.exclude._id';
const ENABLE = 'cluster.routing.allocation.enable';
const REBALANCE = 'cluster.routing.rebalance.enable';
const MARK = 'cluster.metadata.navigator';

interface Layer {
  readonly exclude?: string;
  readonly excludeId?: string;
  readonly enable?: string;
  readonly rebalance?: string;
  readonly marks?: Readonly<Record<string, string>>;
}

function layer({ exclude, excludeId, enable, rebalance, marks }: Layer): SettingsAnswer['persistent'] {
  const excluded = {
    ...(exclude === undefined ? {} : { _name: exclude }),
    ...(excludeId === undefined ? {} : { _id: excludeId }),
  };
  const allocation = { exclude: excluded, ...(enable ? { enable } : {}) };
  const routing = { allocation, ...(rebalance ? { rebalance: { enable: rebalance } } : {}) };
  return { cluster: { routing, ...(marks ? { metadata: { navigator: marks } } : {}) } };
}

function answer(persistent: Layer, transient: Layer = {}): SettingsAnswer {
  return { persistent: layer(persistent), transient: layer(transient) };
}

function wanted(more: Partial<WantedSettings> = {}): WantedSettings {
  return { emptied: [], voteless: [], away: [], stopping: [], ...more };
}

test('nothing wanted and nothing there: nothing is written, and the user writes lists as the user likes', () => {
  expect(settingsChange({ persistent: {}, transient: {} }, wanted())).toBeUndefined();
  expect(settingsChange(answer({ exclude: ' b , a' }), wanted())).toBeUndefined();
});

describe('nodes to be emptied', () => {
  test.each<[string, SettingsAnswer, readonly string[], unknown]>([
    ['the first', answer({}), ['x'], { [EXCLUDE]: 'x', [`${MARK}.emptied`]: 'x' }],
    ['beside the user’s own', answer({ exclude: 'u' }), ['x'], { [EXCLUDE]: 'u,x', [`${MARK}.emptied`]: 'x' }],
    ['one that the user has put there is not ours', answer({ exclude: 'x' }), ['x'], undefined],
    ['as it is', answer({ exclude: 'u,x', marks: { emptied: 'x' } }), ['x'], undefined],
    [
      'done: the user’s stay',
      answer({ exclude: 'u,x', marks: { emptied: 'x' } }),
      [],
      { [EXCLUDE]: 'u', [`${MARK}.emptied`]: null },
    ],
    [
      'done: nothing is left',
      answer({ exclude: 'x', marks: { emptied: 'x' } }),
      [],
      { [EXCLUDE]: null, [`${MARK}.emptied`]: null },
    ],
    ['another one', answer({ exclude: 'x', marks: { emptied: 'x' } }), ['y'], { [EXCLUDE]: 'y', [`${MARK}.emptied`]: 'y' }],
    [
      'taken out by hand',
      answer({ exclude: 'u', marks: { emptied: 'x' } }),
      ['x'],
      { [EXCLUDE]: 'u,x', [`${MARK}.emptied`]: 'x' },
    ],
    [
      'gone by hand, not wanted any more',
      answer({ marks: { emptied: 'x' } }),
      [],
      { [EXCLUDE]: null, [`${MARK}.emptied`]: null },
    ],
  ])('%s', (_name, given, emptied, change) => {
    expect(settingsChange(given, wanted({ emptied }))).toEqual(change);
  });

  test('a transient setting of the user hides ours: it is not in force, and it is said', () => {
    const read = readSettings(answer({ exclude: 'x', marks: { emptied: 'x' } }, { exclude: 'u' }));
    expect(read.emptied).toEqual([]);
    expect(read.problem).toContain(EXCLUDE);
  });
});

const steadied = { rebalance: 'none', marks: { steadied: 'x' } };

describe('allocation while a node is away', () => {
  test.each<[string, SettingsAnswer, readonly string[], unknown]>([
    ['narrowed', answer({ ...steadied }), ['x'], { [ENABLE]: 'primaries', [`${MARK}.narrowed`]: 'x' }],
    ['not where the user has set it', answer({ ...steadied, enable: 'new_primaries' }), ['x'], undefined],
    ['not where the user has set it transiently', answer(steadied, { enable: 'all' }), ['x'], undefined],
    [
      'narrowed already',
      answer({ rebalance: 'none', enable: 'primaries', marks: { narrowed: 'x', steadied: 'x' } }),
      ['y'],
      undefined,
    ],
    ['restored', answer({ enable: 'primaries', marks: { narrowed: 'x' } }), [], { [ENABLE]: null, [`${MARK}.narrowed`]: null }],
    [
      'set by the user meanwhile: theirs',
      answer({ enable: 'none', marks: { narrowed: 'x' } }),
      [],
      { [`${MARK}.narrowed`]: null },
    ],
    ['narrowed by the user stays', answer({ enable: 'primaries' }), [], undefined],
  ])('%s', (_name, given, away, change) => {
    expect(settingsChange(given, wanted({ away }))).toEqual(change);
  });

  const narrowed = { enable: 'primaries', marks: { narrowed: 'x' } };
  test.each<[string, SettingsAnswer, readonly string[], unknown]>([
    ['steadied', answer(narrowed), ['x'], { [REBALANCE]: 'none', [`${MARK}.steadied`]: 'x' }],
    ['not where the user has set it', answer({ ...narrowed, rebalance: 'all' }), ['x'], undefined],
    ['not where the user has set it transiently', answer(narrowed, { rebalance: 'none' }), ['x'], undefined],
    ['restored', answer(steadied), [], { [REBALANCE]: null, [`${MARK}.steadied`]: null }],
    [
      'set by the user meanwhile: theirs',
      answer({ rebalance: 'primaries', marks: { steadied: 'x' } }),
      [],
      { [`${MARK}.steadied`]: null },
    ],
  ])('rebalancing: %s', (_name, given, away, change) => {
    expect(settingsChange(given, wanted({ away }))).toEqual(change);
  });
});

describe('a node that is about to stop', () => {
  const kept = {
    excludeId: 'id1',
    enable: 'new_primaries',
    rebalance: 'none',
    marks: { stopping: 'id1/p1', narrowed: 'id1/p1', steadied: 'id1/p1' },
  };
  const lifted = {
    [EXCLUDE_ID]: null,
    [ENABLE]: null,
    [REBALANCE]: null,
    [`${MARK}.stopping`]: null,
    [`${MARK}.narrowed`]: null,
    [`${MARK}.steadied`]: null,
  };

  test('no shard comes to it and none moves off, in one update', () => {
    expect(settingsChange(answer({}), wanted({ stopping: ['id1/p1'] }))).toEqual({
      [EXCLUDE_ID]: 'id1',
      [ENABLE]: 'new_primaries',
      [REBALANCE]: 'none',
      [`${MARK}.stopping`]: 'id1/p1',
      [`${MARK}.narrowed`]: 'id1/p1',
      [`${MARK}.steadied`]: 'id1/p1',
    });
    expect(settingsChange(answer(kept), wanted({ stopping: ['id1/p1'] }))).toBeUndefined();
  });

  test('once it has gone all of that goes, or becomes what holds while it is away', () => {
    expect(settingsChange(answer(kept), wanted())).toEqual(lifted);
    const change = settingsChange(answer(kept), wanted({ away: ['x'] }));
    expect(change).toMatchObject({ [EXCLUDE_ID]: null, [ENABLE]: 'primaries', [`${MARK}.narrowed`]: 'x' });
    expect(change).not.toHaveProperty(REBALANCE);
  });

  test('ids that the user excludes stay', () => {
    const given = answer({ ...kept, excludeId: 'users,id1' });
    expect(settingsChange(given, wanted())).toMatchObject({ [EXCLUDE_ID]: 'users' });
  });

  test.each<[string, SettingsAnswer]>([
    ['says what may be allocated', answer({ rebalance: 'all', enable: 'all' })],
    ['says so transiently', answer({ rebalance: 'all' }, { enable: 'all' })],
    ['hides the exclusion', answer({ rebalance: 'all' }, { excludeId: 'id9' })],
  ])('where the user %s, an exclusion would move shards off or do nothing: there is none', (_name, given) => {
    expect(mayKeepShardsOff(given)).toBe(false);
    expect(settingsChange(given, wanted({ stopping: ['id1/p1'] }))).toBeUndefined();
  });

  test('when the user says meanwhile what may be allocated, the exclusion goes at once', () => {
    const change = settingsChange(answer({ ...kept, enable: 'all' }), wanted({ stopping: ['id1/p1'] }));
    expect(change).toMatchObject({ [EXCLUDE_ID]: null, [`${MARK}.narrowed`]: null });
    expect(change).not.toHaveProperty(ENABLE);
  });
});

test('what we asked for can be read back: with it nothing changes', () => {
  const given = answer({
    exclude: 'u,x',
    excludeId: 'id1',
    enable: 'new_primaries',
    rebalance: 'none',
    marks: { emptied: 'x', voteless: 'v', stopping: 'id1/p1', narrowed: 'a,id1/p1', steadied: 'a' },
  });
  expect(ownWants(given)).toEqual({ emptied: ['x'], voteless: ['v'], away: ['a'], stopping: ['id1/p1'] });
  expect(settingsChange(given, ownWants(given))).toBeUndefined();
});

test('whose votes are taken is written down, and struck out again', () => {
  expect(settingsChange(answer({}), wanted({ voteless: ['y', 'x'] }))).toEqual({ [`${MARK}.voteless`]: 'x,y' });
  expect(settingsChange(answer({ marks: { voteless: 'x,y' } }), wanted({ voteless: ['y', 'x'] }))).toBeUndefined();
  expect(settingsChange(answer({ marks: { voteless: 'x' } }), wanted())).toEqual({ [`${MARK}.voteless`]: null });
});
