import type { CoordinationAnswer } from './answers.ts';
import { EXCLUSIONS_PATH } from './answers.ts';
import type { Call } from './http.ts';

/** What is known when votes are looked at. */
export interface VoteInput {
  readonly coordination: CoordinationAnswer;
  /** Names of nodes whose vote shall be taken now. */
  readonly wanted: readonly string[];
  /** Names that we have said we take the votes of; written down before anything is taken. */
  readonly ours: readonly string[];
  /** Ids of the cluster's nodes by their names. */
  readonly members: ReadonlyMap<string, string>;
}

/** How long Elasticsearch may take to agree on the voters without the node. */
const TIMEOUT = 'timeout=2s&master_timeout=2s';

/**
 * The next call about votes, if one is needed. A vote is taken from a node that is there: one that is not has none to give. All
 * exclusions are lifted at once, since Elasticsearch knows no other way, and so only when every one of them is ours and none
 * is wanted any more. `wait_for_removal` would wait for ever for a node that stays, because its leaving was taken back.
 */
export function nextVoteCall({ coordination, wanted, ours, members }: VoteInput): Omit<Call, 'signal'> | undefined {
  const excluded = coordination.voting_config_exclusions;
  // Those that are done go first: Elasticsearch keeps ten at most.
  const isDone =
    excluded.length > 0 && excluded.every(({ node_name }) => ours.includes(node_name) && !wanted.includes(node_name));
  const stays = excluded.some(({ node_name }) => members.has(node_name));
  if (isDone) return { method: 'DELETE', path: `${EXCLUSIONS_PATH}?wait_for_removal=${!stays}&master_timeout=2s` };
  const due = wanted.find((name) => members.has(name) && !excluded.some(({ node_name }) => node_name === name));
  if (due === undefined) return undefined;
  return { method: 'POST', path: `${EXCLUSIONS_PATH}?node_names=${encodeURIComponent(due)}&${TIMEOUT}` };
}

/** The names whose exclusion is in force: it is recorded, and the voters that the cluster has agreed on are without them. */
export function votelessNow({ coordination, wanted, members }: Omit<VoteInput, 'ours'>): readonly string[] {
  const excluded = new Set(coordination.voting_config_exclusions.map(({ node_name }) => node_name));
  return wanted.filter((name) => {
    const id = members.get(name);
    return id !== undefined && excluded.has(name) && !coordination.last_committed_config.includes(id);
  });
}
