import {
  type LocalState,
  SETTINGS_PATH,
  settingsSchema,
  STATE_PATH,
  stateSchema,
  takenSchema,
  UPDATE_SETTINGS_PATH,
} from './answers.ts';
import { readSettings, stoppingChange } from './cluster-settings.ts';
import type { LocalHttp } from './http.ts';

/**
 * From here on an index that is made waits, yellow, for its first copy: made while this process ends, that copy could be here and
 * have no second one yet, and the index would be red until the node is back. The way is a throttle of 0: it moves nothing, builds
 * replicas as ever, and unlike an exclusion takes no copy from indices that follow the number of nodes (`auto_expand_replicas`).
 * The elected master's pilot lifts it when the process has gone.
 */
export async function holdNewIndices(http: LocalHttp, nodeId: string, signal: AbortSignal): Promise<void> {
  const state = await http.send({ method: 'GET', path: STATE_PATH, signal }, stateSchema);
  const process = state.nodes[nodeId]?.ephemeral_id;
  if (process === undefined) return;
  const own = processOf(nodeId, process);
  await changeStopping(http, (stopping) => [...stillStopping(stopping, state).filter((entry) => entry !== own), own], signal);
}

/** Those that are members still: nothing waits for a process that has gone. */
export function stillStopping(stopping: readonly string[], state: LocalState): readonly string[] {
  const members = processesOf(state);
  return stopping.filter((entry) => members.includes(entry));
}

/** The processes of all members, sorted. */
export function processesOf({ nodes }: LocalState): readonly string[] {
  return Object.entries(nodes)
    .map(([id, { ephemeral_id: process = '' }]) => processOf(id, process))
    .toSorted();
}

/** Changes for whom new indices wait, and nothing else. */
export async function changeStopping(
  http: LocalHttp,
  next: (stopping: readonly string[]) => readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const answer = await http.send({ method: 'GET', path: SETTINGS_PATH, signal }, settingsSchema);
  const persistent = stoppingChange(answer, next(readSettings(answer).stopping));
  if (persistent === undefined) return;
  await http.send({ method: 'PUT', path: UPDATE_SETTINGS_PATH, body: { persistent }, signal }, takenSchema);
}

function processOf(node: string, process: string): string {
  return `${node}/${process}`;
}
