import type { Marker } from '@navigator/pilot/lab/cassandra';
import type { NodePlace } from '../database.ts';

export interface CassandraVolume {
  readonly hostId: string;
  marker?: Marker;
  hasFiles: boolean;
  /** Cassandra's own record: it has joined, and never bootstraps again. */
  bootstrapped: boolean;
}

export type Mode = 'STARTING' | 'JOINING' | 'NORMAL' | 'DRAINED';

export interface CassandraProcess {
  readonly place: NodePlace;
  readonly volume: CassandraVolume;
  readonly seeds: readonly string[];
  mode: Mode | undefined;
  /** The ring as gossip has brought it here. */
  ring: readonly RingEntry[];
  ended: (code: number) => void;
}

export interface RingEntry {
  readonly hostId: string;
  readonly address: string;
  readonly state: 'joining' | 'normal';
  readonly isLive: boolean;
  readonly version: string;
}

/** A host as the whole ring knows it. */
export interface Host {
  readonly address: string;
  readonly state: 'joining' | 'normal';
  readonly version: string;
  readonly podName: string;
}
