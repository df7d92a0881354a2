import {
  acknowledgedSchema,
  EXPANDED_PATH,
  type ExpandedAnswer,
  expandedSchema,
  type LocalState,
  SETTINGS_PATH,
  type SettingsAnswer,
  settingsSchema,
  STATE_PATH,
  stateSchema,
  UPDATE_SETTINGS_PATH,
} from './answers.ts';
import { hasNoOtherFilter, mayKeepShardsOff, ownWants, processOf, readSettings, settingsChange } from './cluster-settings.ts';
import type { LocalHttp } from './http.ts';

/**
 * From here on no shard comes to this node, and none leaves it: an index that is made while its process ends would have its only
 * copy here, and be red until the node is back. `exclude._id` alone would move every shard off; `enable: new_primaries` lets none
 * move. The elected master's pilot lifts it when the process has gone. Returns false where it cannot be had.
 */
export async function keepShardsOff(http: LocalHttp, nodeId: string, signal: AbortSignal): Promise<boolean> {
  const state = await http.send({ method: 'GET', path: STATE_PATH, signal }, stateSchema);
  const process = state.nodes[nodeId]?.ephemeral_id;
  if (process === undefined) return false;
  const own = processOf(nodeId, process);
  const answer = await http.send({ method: 'GET', path: SETTINGS_PATH, signal }, settingsSchema);
  const expanded = await http.send({ method: 'GET', path: EXPANDED_PATH, signal }, expandedSchema);
  const stopping = stillStopping(readSettings(answer).stopping, state);
  if (!mayKeepShardsOff(answer) || !hasNoOtherFilter(answer)) return false;
  if (peersOf(state, nodeId, stopping) < copiesByNodes(expanded)) return false;
  await writeStopping(http, answer, [...stopping.filter((entry) => entry !== own), own], signal);
  return true;
}

/** Nodes with the same roles, so that what may be here may be there, that do not stop themselves. */
function peersOf({ nodes }: LocalState, nodeId: string, stopping: readonly string[]): number {
  const roles = rolesOf(nodes[nodeId]);
  if (roles === undefined) return 0;
  const peers = Object.entries(nodes).filter(
    ([id, node]) => id !== nodeId && rolesOf(node) === roles && !stopping.includes(processOf(id, node.ephemeral_id ?? '')),
  );
  return peers.length;
}

function rolesOf(node: LocalState['nodes'][string] | undefined): string | undefined {
  return node?.roles?.toSorted().join();
}

/** What Elasticsearch's own indices have, which not everybody may see: one replica where a second node is. */
const OWN_COPIES = 2;

/**
 * How many nodes must be left so that no index with `auto_expand_replicas` gets fewer copies: Elasticsearch does not count a node
 * that is excluded, takes a copy away at once, and it need not be the one on that node. Infinity where there is no such number.
 */
function copiesByNodes(indices: ExpandedAnswer): number {
  const copies = Object.values(indices).map(({ settings: { index } }) => {
    const range = index.auto_expand_replicas ?? 'false';
    if (range === 'false') return 0;
    const most = Number(range.split('-')[1]);
    return Number.isNaN(most) || index.routing !== undefined ? Infinity : most + 1;
  });
  return Math.max(OWN_COPIES, ...copies);
}

/** Takes it back: this process does not stop yet. */
export async function letShardsCome(http: LocalHttp, nodeId: string, signal: AbortSignal): Promise<void> {
  await changeStopping(http, (stopping) => stopping.filter((entry) => !entry.startsWith(processOf(nodeId, ''))), signal);
}

/** Those that are members still: of a process that has gone nothing is to be kept away any more. */
export function stillStopping(stopping: readonly string[], { nodes }: LocalState): readonly string[] {
  const members = Object.entries(nodes).map(([id, { ephemeral_id: process }]) => process && processOf(id, process));
  return stopping.filter((entry) => members.includes(entry));
}

/** Changes whom shards are kept off, and nothing else. */
export async function changeStopping(
  http: LocalHttp,
  next: (stopping: readonly string[]) => readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const answer = await http.send({ method: 'GET', path: SETTINGS_PATH, signal }, settingsSchema);
  await writeStopping(http, answer, next(readSettings(answer).stopping), signal);
}

async function writeStopping(
  http: LocalHttp,
  answer: SettingsAnswer,
  stopping: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const persistent = settingsChange(answer, { ...ownWants(answer), stopping });
  if (persistent === undefined) return;
  await http.send({ method: 'PUT', path: UPDATE_SETTINGS_PATH, body: { persistent }, signal }, acknowledgedSchema);
}
