import { writeMarker } from './marker.ts';
import type { Marker } from './marker.ts';
import type { NodeFacts } from './storage-service.ts';

/** Keeps the volume's marker in step with what the running node says of itself. */
export interface MarkerKeeper {
  /** Takes the marker with which the node is about to start, and writes it when the volume has another one. */
  begin(onVolume: Marker | undefined, marker: Marker): Promise<void>;
  /** Writes the marker when the node's state changed; otherwise costs nothing. */
  keep(facts: NodeFacts): Promise<void>;
}

export function createMarkerKeeper(dataDir: string): MarkerKeeper {
  let known: Marker | undefined;
  return {
    async begin(onVolume, marker): Promise<void> {
      if (JSON.stringify(onVolume) !== JSON.stringify(marker)) await writeMarker(dataDir, marker);
      known = marker;
    },
    async keep(facts): Promise<void> {
      const next = known === undefined ? undefined : nextMarker(known, facts);
      if (next === undefined) return;
      await writeMarker(dataDir, next);
      known = next;
    },
  };
}

/** The marker to write, or undefined when it is right as it is. */
export function nextMarker(marker: Marker, { service }: NodeFacts): Marker | undefined {
  const state = markerState(service?.OperationMode);
  if (state === undefined || marker.state === 'Decommissioned') return undefined;
  const hostId = service?.LocalHostId ?? marker.hostId;
  if (marker.state === state && marker.hostId === hostId) return undefined;
  return { ...marker, state, ...(hostId === undefined ? {} : { hostId }) };
}

/** Modes after which the data can be told for sure: the node is in the ring, or out of it for ever. */
function markerState(mode: string | undefined): 'Joined' | 'Decommissioned' | undefined {
  if (mode === 'NORMAL') return 'Joined';
  return mode === 'DECOMMISSIONED' ? 'Decommissioned' : undefined;
}
