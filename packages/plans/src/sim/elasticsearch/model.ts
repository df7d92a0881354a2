import type { NodePlace } from '../database.ts';

/** What a node has on its volume. */
export interface EsVolume {
  readonly nodeId: string;
  /** The cluster that this node has joined; written with the first cluster state. */
  clusterId?: string;
  forming?: string;
  hasFiles: boolean;
}

export interface EsProcess {
  readonly place: NodePlace;
  readonly volume: EsVolume;
  readonly processId: string;
  readonly roles: readonly string[];
  readonly initialMembers: readonly string[] | undefined;
  isUp: boolean;
  ended: (code: number) => void;
}

export interface Shard {
  readonly name: string;
  /** Node ids that hold a copy, with whether it serves. */
  readonly copies: Map<string, 'started' | 'recovering' | 'away'>;
  /** Where copies are moved to, and from where: by id of the target. */
  readonly moves: Map<string, string>;
  /** Copies that have every acknowledged write: only these may become primary. */
  readonly inSync: Set<string>;
}

/** A cluster, as its elected master has it. */
export interface EsCluster {
  readonly id: string;
  /** By node id. */
  readonly members: Map<string, EsProcess>;
  voting: Set<string>;
  master: string | undefined;
  readonly shards: Shard[];
  /** Persistent cluster settings by their full names. */
  readonly settings: Map<string, string>;
  /** Nodes whose votes do not count. */
  readonly exclusions: { readonly id: string; readonly name: string }[];
}

/** Copies that each shard is to have: one primary, one replica. */
export const COPIES = 2;

export function startedCopies(shard: Shard): number {
  return [...shard.copies.values()].filter((state) => state === 'started').length;
}

export function isData({ roles }: EsProcess): boolean {
  return roles.some((role) => role.startsWith('data'));
}

export function isMaster({ roles }: EsProcess): boolean {
  return roles.includes('master');
}
