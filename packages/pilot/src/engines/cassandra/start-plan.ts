import type { CassandraPilotConfig, PilotSpec } from '@navigator/api-types';
import type { Marker } from './marker.ts';
import type { VolumeState } from './volume.ts';

/** How a node may start, decided from its volume, its spec and the seeds that DNS knows. */
export type StartPlan =
  | {
      readonly is: 'start';
      readonly firstStart: Marker['firstStart'];
      /** Seeds to write into cassandra.yaml. */
      readonly seeds: readonly string[];
      /** Whether an earlier bootstrap may have been cut off, so that Cassandra has to begin it anew. */
      readonly resetBootstrap: boolean;
    }
  | { readonly is: 'Waiting' | 'Refused'; readonly message: string };

export interface StartFacts {
  readonly podName: string;
  readonly podIp: string;
  readonly config: CassandraPilotConfig;
  readonly spec: PilotSpec;
  readonly volume: VolumeState;
  /** Addresses of spec.seeds but this pod, as far as DNS knows them. */
  readonly peerSeeds: readonly string[];
}

/**
 * Cassandra bootstraps (streams its share of the data) only when it is not in its own list of seeds; a new node that is
 * joins at once, without data, and answers reads with nothing. So a node is its own seed in two cases only:
 * - it makes the cluster: first of the initial members, and its volume never held data;
 * - it has joined before: then it never bootstraps again, and as a seed it starts even when no other node answers. Without
 *   that, all nodes of a cluster started at once would end with "Unable to gossip with any peers".
 *
 * A volume whose node was never seen NORMAL is not wiped. The pilot may have died between the end of the bootstrap and its
 * next look, and then the node serves data already. Cassandra knows: with `reset_bootstrap_progress` it bootstraps anew if
 * its own record says that it had not finished, and starts as it is otherwise.
 */
export function planStart(facts: StartFacts): StartPlan {
  const { volume } = facts;
  const refusal = refuse(facts);
  if (refusal !== undefined) return { is: 'Refused', message: refusal };
  if (volume.marker?.state === 'Joined') {
    return { is: 'start', firstStart: volume.marker.firstStart, seeds: [facts.podIp, ...facts.peerSeeds], resetBootstrap: false };
  }
  if (makesCluster(facts)) return { is: 'start', firstStart: 'Seed', seeds: [facts.podIp], resetBootstrap: false };
  return planJoin(facts);
}

/** Only one node may make the cluster: two of them would be two rings under one name until they meet. */
function makesCluster({ spec, podName, volume }: StartFacts): boolean {
  if (spec.bootstrap?.initialMembers[0] !== podName) return false;
  return !volume.hasFiles || volume.marker?.firstStart === 'Seed';
}

function planJoin({ spec, podName, peerSeeds, volume }: StartFacts): StartPlan {
  const named = spec.seeds.filter((seed) => seed !== podName);
  if (named.length === 0)
    return { is: 'Waiting', message: 'no seed is named yet: the node may not start before another one has' };
  if (peerSeeds.length === 0) return { is: 'Waiting', message: `no seed has an address yet: ${named.join(', ')}` };
  return { is: 'start', firstStart: volume.marker?.firstStart ?? 'Join', seeds: peerSeeds, resetBootstrap: volume.hasFiles };
}

function refuse({ volume, config, podName }: StartFacts): string | undefined {
  const { marker } = volume;
  if (marker === undefined) {
    if (!volume.hasFiles) return undefined;
    return 'the volume holds files that Navigator did not write: use an empty volume';
  }
  if (marker.state === 'Decommissioned') {
    return `the data are of host ${marker.hostId ?? 'unknown'}, which was decommissioned: such a node can never rejoin, use an empty volume`;
  }
  const other = differences(marker, {
    clusterName: config.clusterName,
    datacenter: config.datacenter,
    rack: config.rack,
    pod: podName,
  });
  if (other !== undefined) return other;
  if (marker.state === 'Joined' && !volume.hasSystemLocal) {
    return `the volume held host ${marker.hostId ?? 'unknown'} and its data are gone: replace the node with an empty volume`;
  }
  return undefined;
}

function differences(marker: Marker, wanted: Pick<Marker, 'clusterName' | 'datacenter' | 'rack' | 'pod'>): string | undefined {
  const words = { clusterName: 'cluster', datacenter: 'datacenter', rack: 'rack', pod: 'pod' } as const;
  for (const key of ['clusterName', 'datacenter', 'rack', 'pod'] as const) {
    if (marker[key] === wanted[key]) continue;
    return `the data on the volume are of ${words[key]} "${marker[key]}", not of "${wanted[key]}"`;
  }
  return undefined;
}
