import type { CoordinationAnswer } from './answers.ts';
import { EXCLUSIONS_PATH } from './answers.ts';
import type { Call } from './http.ts';

/** What is known when votes are looked at. */
export interface VoteInput {
  readonly coordination: CoordinationAnswer;
  /** Nodes whose vote shall be taken now, by their names; by their ids where they are away. */
  readonly wanted: readonly string[];
  /** Names and ids that we have said we take the votes of; written down before anything is taken. */
  readonly ours: readonly string[];
  /** Ids of the cluster's nodes by their names. */
  readonly members: ReadonlyMap<string, string>;
}

type Exclusion = CoordinationAnswer['voting_config_exclusions'][number];

/** How long Elasticsearch may take to agree on the voters without the node. 7.17 refuses a `master_timeout` beside it. */
const TIMEOUT = 'timeout=2s';

/**
 * The next call about votes, if one is needed. A vote is taken from a node that is there, or that is counted though it is away:
 * Elasticsearch itself never counts on fewer than three. All exclusions are lifted at once, since Elasticsearch knows no other
 * way, and so only when every one of them is ours and none is wanted any more. `wait_for_removal` would wait for ever for a node
 * that stays, because its leaving was taken back.
 */
export function nextVoteCall(input: VoteInput): Omit<Call, 'signal'> | undefined {
  const { coordination, wanted, members } = input;
  const excluded = coordination.voting_config_exclusions;
  // Those that are done go first: Elasticsearch keeps ten at most.
  const ids = new Set(members.values());
  const stays = excluded.some(({ node_id }) => ids.has(node_id));
  if (excluded.length > 0 && doneExclusions(input).length === excluded.length)
    return { method: 'DELETE', path: `${EXCLUSIONS_PATH}?wait_for_removal=${!stays}` };
  const due = wanted.find((node) => canBeTaken({ coordination, members }, node) && !isExcluded({ coordination, members }, node));
  if (due === undefined) return undefined;
  const by = members.has(due) ? 'node_names' : 'node_ids';
  return { method: 'POST', path: `${EXCLUSIONS_PATH}?${by}=${encodeURIComponent(due)}&${TIMEOUT}` };
}

/** Whether there is a vote to take: of a member, by its name or id, or of one that is away and still counted, by its id. */
export function canBeTaken({ coordination, members }: Pick<VoteInput, 'coordination' | 'members'>, node: string): boolean {
  const isMember = members.has(node) || members.values().some((id) => id === node);
  return isMember || coordination.last_committed_config.includes(node);
}

/** Whether the vote of the node that bears this name or id now is excluded. */
export function isExcluded({ coordination, members }: Pick<VoteInput, 'coordination' | 'members'>, node: string): boolean {
  return coordination.voting_config_exclusions.some((exclusion) => isOf(exclusion, node, members));
}

/** Elasticsearch excludes ids: a node that came back with an empty volume has another one, and a vote again. */
function isOf({ node_id, node_name }: Exclusion, node: string, members: VoteInput['members']): boolean {
  const id = members.get(node);
  return id === undefined ? node_id === node || node_name === node : node_id === id;
}

/** Exclusions of ours that are wanted no more. */
function doneExclusions({ coordination, wanted, ours, members }: VoteInput): readonly Exclusion[] {
  return coordination.voting_config_exclusions.filter(
    (exclusion) => isOneOf(exclusion, ours) && !wanted.some((node) => isOf(exclusion, node, members)),
  );
}

/** Why exclusions of ours stay though nobody wants them, if they do: Elasticsearch lifts all of them or none. */
export function stuckExclusions(input: VoteInput): string | undefined {
  if (doneExclusions(input).length === 0) return undefined;
  const foreign = input.coordination.voting_config_exclusions.filter((exclusion) => !isOneOf(exclusion, input.ours));
  if (foreign.length === 0) return undefined;
  const who = foreign.map(({ node_name, node_id }) => `${node_name} (${node_id})`).join(', ');
  return `votes cannot be given back: somebody else has excluded ${who} from voting; DELETE ${EXCLUSIONS_PATH} when that is not needed`;
}

/** Whether the exclusion bears one of these names or ids; one of a node that was away bears only its id. */
export function isOneOf({ node_id, node_name }: Exclusion, nodes: readonly string[]): boolean {
  return nodes.includes(node_name) || nodes.includes(node_id);
}

/** The nodes whose exclusion is in force: it is recorded, and the voters that the cluster has agreed on are without them. */
export function votelessNow({ coordination, wanted, members }: Omit<VoteInput, 'ours'>): readonly string[] {
  const excluded = new Set(coordination.voting_config_exclusions.map(({ node_id }) => node_id));
  return wanted.filter((node) => {
    const id = members.get(node) ?? node;
    return excluded.has(id) && !coordination.last_committed_config.includes(id);
  });
}
