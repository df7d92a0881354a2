import { describe, expect, test } from 'vitest';
import type { SettingsAnswer } from './answers.ts';
import { readSettings, settingsChange, stoppingChange, type WantedSettings } from './cluster-settings.ts';

const EXCLUDE = 'cluster.routing.allocation.exclude._name';
const ENABLE = 'cluster.routing.allocation.enable';
const NEW_PRIMARIES = 'cluster.routing.allocation.node_initial_primaries_recoveries';
const REBALANCE = 'cluster.routing.rebalance.enable';
const MARK = 'cluster.metadata.navigator';

interface Layer {
  readonly exclude?: string;
  readonly newPrimaries?: string;
  readonly enable?: string;
  readonly rebalance?: string;
  readonly marks?: Readonly<Record<string, string>>;
}

function layer({ exclude, newPrimaries, enable, rebalance, marks }: Layer): SettingsAnswer['persistent'] {
  const allocation = {
    ...(exclude === undefined ? {} : { exclude: { _name: exclude } }),
    ...(enable ? { enable } : {}),
    ...(newPrimaries ? { node_initial_primaries_recoveries: newPrimaries } : {}),
  };
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
      ['x'],
      undefined,
    ],
    [
      'narrowed for another one',
      answer({ ...steadied, enable: 'primaries', marks: { narrowed: 'w', steadied: 'x' } }),
      ['x'],
      { [ENABLE]: 'primaries', [`${MARK}.narrowed`]: 'x' },
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

describe('new indices while a process stops', () => {
  const held = { newPrimaries: '0', marks: { stopping: 'id1/p1' } };
  const lifted = { [NEW_PRIMARIES]: null, [`${MARK}.stopping`]: null };
  const users = answer({ newPrimaries: '8' });
  test.each<[string, SettingsAnswer, readonly string[], unknown]>([
    ['held', answer({}), ['id1/p1'], { [NEW_PRIMARIES]: '0', [`${MARK}.stopping`]: 'id1/p1' }],
    ['held already', answer(held), ['id1/p1'], undefined],
    ['held for one more', answer(held), ['id1/p1', 'id2/p2'], { [NEW_PRIMARIES]: '0', [`${MARK}.stopping`]: 'id1/p1,id2/p2' }],
    ['let go', answer(held), [], lifted],
    ['not where the user has set how many', users, ['id1/p1'], undefined],
    ['not where the user has set it transiently', answer({}, { newPrimaries: '8' }), ['id1/p1'], undefined],
    ['set by the user meanwhile: theirs', answer({ ...held, newPrimaries: '8' }), ['id1/p1'], { [`${MARK}.stopping`]: null }],
  ])('%s', (_name, given, stopping, change) => {
    expect(settingsChange(given, wanted({ stopping }))).toEqual(change);
    expect(stoppingChange(given, stopping)).toEqual(change);
  });

  test('whoever changes that alone touches nothing else of ours', () => {
    const given = answer({ ...held, enable: 'primaries', marks: { ...held.marks, narrowed: 'x', emptied: 'y' }, exclude: 'y' });
    expect(stoppingChange(given, [])).toEqual(lifted);
  });

  test('for whom they wait is told, as long as they do', () => {
    expect(readSettings(answer(held)).stopping).toEqual(['id1/p1']);
    expect(readSettings(answer({ ...held, newPrimaries: '8' })).stopping).toEqual([]);
  });
});

test('whose votes are taken is written down, and struck out again', () => {
  expect(settingsChange(answer({}), wanted({ voteless: ['y', 'x'] }))).toEqual({ [`${MARK}.voteless`]: 'x,y' });
  expect(settingsChange(answer({ marks: { voteless: 'x,y' } }), wanted({ voteless: ['y', 'x'] }))).toBeUndefined();
  expect(settingsChange(answer({ marks: { voteless: 'x' } }), wanted())).toEqual({ [`${MARK}.voteless`]: null });
});
