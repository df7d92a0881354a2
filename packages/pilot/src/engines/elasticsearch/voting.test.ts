import { describe, expect, test } from 'vitest';
import { nextVoteCall, type VoteInput, votelessNow } from './voting.ts';

const MEMBERS = new Map([
  ['a', 'id-a'],
  ['b', 'id-b'],
  ['x', 'id-x'],
]);

function input(more: {
  readonly excluded?: readonly string[];
  readonly voters?: readonly string[];
  readonly wanted?: readonly string[];
  readonly ours?: readonly string[];
  readonly members?: ReadonlyMap<string, string>;
}): VoteInput {
  const { excluded = [], voters = ['id-a', 'id-b', 'id-x'], wanted = [], ours = wanted, members = MEMBERS } = more;
  const exclusions = excluded.map((name) => ({ node_id: `id-${name}`, node_name: name }));
  return {
    coordination: { last_committed_config: [...voters], voting_config_exclusions: exclusions },
    wanted,
    ours,
    members,
  };
}

const RENEWED = new Map([...MEMBERS, ['x', 'id-new']]);
const WITHOUT_X = new Map([...MEMBERS].filter(([name]) => name !== 'x'));

/** The vote of x was taken by its id while it was away. */
function withAbsent(wanted: readonly string[], members: ReadonlyMap<string, string>): VoteInput {
  const exclusions = [{ node_id: 'id-x', node_name: '_absent_' }];
  const coordination = { last_committed_config: ['id-a', 'id-b'], voting_config_exclusions: exclusions };
  return { coordination, wanted, ours: ['id-x'], members };
}

describe('the next call', () => {
  test.each<[string, VoteInput, string | undefined]>([
    ['nothing to do', input({}), undefined],
    ['a vote to take', input({ wanted: ['x'] }), 'POST node_names=x'],
    ['it is taken', input({ wanted: ['x'], excluded: ['x'] }), undefined],
    ['a node that is not there has no vote to give', input({ wanted: ['gone'] }), undefined],
    ['a member, by its id', input({ wanted: ['id-x'] }), 'POST node_ids=id-x'],
    ['one that is away and counted, by its id', input({ wanted: ['x', 'id-x'], members: WITHOUT_X }), 'POST node_ids=id-x'],
    ['one that is away and counted no more', input({ wanted: ['x', 'id-x'], voters: ['id-a'], members: WITHOUT_X }), undefined],
    ['it is taken by its id', withAbsent(['x', 'id-x'], WITHOUT_X), undefined],
    ['it came back: it is taken by its id all the same', withAbsent(['x'], MEMBERS), undefined],
    ['taken by its id, and wanted no more', withAbsent([], WITHOUT_X), 'DELETE wait_for_removal=true'],
    [
      'it came back with an empty volume, so with another id, beside one that is still wanted',
      input({ wanted: ['x', 'b'], excluded: ['x', 'b'], members: RENEWED }),
      'POST node_names=x',
    ],
    ['it came back so alone', input({ wanted: ['x'], excluded: ['x'], members: RENEWED }), 'DELETE wait_for_removal=true'],
    ['taken back while the node stays', input({ excluded: ['x'], ours: ['x'] }), 'DELETE wait_for_removal=false'],
    ['the node is gone', input({ excluded: ['gone'], ours: ['gone'] }), 'DELETE wait_for_removal=true'],
    [
      'another one is due: those that are done go first',
      input({ excluded: ['x'], wanted: ['b'], ours: ['x', 'b'] }),
      'DELETE wait_for_removal=false',
    ],
    ['one that is not ours', input({ excluded: ['x', 'theirs'], ours: ['x'] }), undefined],
    ['one that is still wanted keeps the others', input({ excluded: ['x', 'b'], wanted: ['b'], ours: ['x', 'b'] }), undefined],
  ])('%s', (_name, given, call) => {
    const next = nextVoteCall(given);
    expect(next && `${next.method} ${new URL(next.path, 'http://x').search.slice(1).split('&')[0]}`).toBe(call);
  });
});

test('a vote is taken when it is recorded and the voters are without the node, not before', () => {
  expect(votelessNow(input({ wanted: ['x'], excluded: ['x'] }))).toEqual([]);
  expect(votelessNow(input({ wanted: ['x'], voters: ['id-a'] }))).toEqual([]);
  expect(votelessNow(input({ wanted: ['x'], excluded: ['x'], voters: ['id-a'] }))).toEqual(['x']);
  expect(votelessNow(input({ wanted: ['x'], excluded: ['x'], voters: ['id-a'], members: RENEWED }))).toEqual([]);
});
