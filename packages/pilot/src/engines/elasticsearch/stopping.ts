import {
  acknowledgedSchema,
  type LocalState,
  SETTINGS_PATH,
  settingsSchema,
  STATE_PATH,
  stateSchema,
  UPDATE_SETTINGS_PATH,
} from './answers.ts';
import { mayKeepShardsOff, ownWants, processOf, settingsChange } from './cluster-settings.ts';
import type { LocalHttp } from './http.ts';

/**
 * From here on no shard comes to this node, and none leaves it: an index that is made while its process ends would have its only
 * copy here, and be red until the node is back. `exclude._id` alone would move every shard off; `enable: new_primaries` lets none
 * move. The elected master's pilot lifts it when the process has gone. Returns false where it cannot be had, or nobody else is
 * there to take a shard.
 */
export async function keepShardsOff(http: LocalHttp, nodeId: string, signal: AbortSignal): Promise<boolean> {
  const state = await http.send({ method: 'GET', path: STATE_PATH, signal }, stateSchema);
  const process = state.nodes[nodeId]?.ephemeral_id;
  if (process === undefined || Object.keys(state.nodes).length < 2) return false;
  const own = processOf(nodeId, process);
  return await changeStopping(http, (stopping) => [...stopping.filter((entry) => entry !== own), own], signal);
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

/** Returns whether it is in force. */
export async function changeStopping(
  http: LocalHttp,
  next: (stopping: readonly string[]) => readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  const answer = await http.send({ method: 'GET', path: SETTINGS_PATH, signal }, settingsSchema);
  const own = ownWants(answer);
  const change = settingsChange(answer, { ...own, stopping: next(own.stopping) });
  const body = { persistent: change ?? {} };
  if (change !== undefined) await http.send({ method: 'PUT', path: UPDATE_SETTINGS_PATH, body, signal }, acknowledgedSchema);
  return mayKeepShardsOff(answer);
}
