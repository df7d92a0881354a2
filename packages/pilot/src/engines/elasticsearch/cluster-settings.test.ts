import { describe, expect, test } from 'vitest';
import type { SettingsAnswer } from './answers.ts';
import { readSettings, settingsChange, type WantedSettings } from './cluster-settings.ts';

const EXCLUDE = 'cluster.routing.allocation.exclude._name';
const ENABLE = 'cluster.routing.allocation.enable';
const MARK = 'cluster.metadata.navigator';

interface Layer {
  readonly exclude?: string;
  readonly enable?: string;
  readonly marks?: Readonly<Record<string, string>>;
}

function layer({ exclude, enable, marks }: Layer): SettingsAnswer['persistent'] {
  const allocation = { ...(exclude === undefined ? {} : { exclude: { _name: exclude } }), ...(enable ? { enable } : {}) };
  return { cluster: { routing: { allocation }, ...(marks ? { metadata: { navigator: marks } } : {}) } };
}

function answer(persistent: Layer, transient: Layer = {}): SettingsAnswer {
  return { persistent: layer(persistent), transient: layer(transient) };
}

function wanted(more: Partial<WantedSettings> = {}): WantedSettings {
  return { emptied: [], voteless: [], away: [], ...more };
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

describe('allocation while a node is away', () => {
  test.each<[string, SettingsAnswer, readonly string[], unknown]>([
    ['narrowed', answer({}), ['x'], { [ENABLE]: 'primaries', [`${MARK}.narrowed`]: 'x' }],
    ['not where the user has set it', answer({ enable: 'new_primaries' }), ['x'], undefined],
    ['not where the user has set it transiently', answer({}, { enable: 'all' }), ['x'], undefined],
    ['narrowed already', answer({ enable: 'primaries', marks: { narrowed: 'x' } }), ['y'], undefined],
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
});

test('whose votes are taken is written down, and struck out again', () => {
  expect(settingsChange(answer({}), wanted({ voteless: ['y', 'x'] }))).toEqual({ [`${MARK}.voteless`]: 'x,y' });
  expect(settingsChange(answer({ marks: { voteless: 'x,y' } }), wanted({ voteless: ['y', 'x'] }))).toBeUndefined();
  expect(settingsChange(answer({ marks: { voteless: 'x' } }), wanted())).toEqual({ [`${MARK}.voteless`]: null });
});
