import { COPIES, type EsCluster, type EsProcess, startedCopies } from './model.ts';

/** Who is asked, and the cluster that it is a member of. */
export interface Asked {
  readonly process: EsProcess;
  readonly cluster: EsCluster | undefined;
}

/** By the beginning of the path; the first that fits answers. */
const ANSWERS: readonly (readonly [path: string, answer: (asked: Asked) => unknown])[] = [
  ['/_nodes/_local/stats', statsAnswer],
  ['/_nodes/_local', localNodeAnswer],
  ['/_cluster/health', healthAnswer],
  ['/_cluster/state/routing_table', routingAnswer],
  ['/_cluster/state', stateAnswer],
];

/** What a process that listens answers; what nobody has played is an empty object. */
export function answerTo(path: string, asked: Asked): unknown {
  const found = ANSWERS.find(([beginning]) => path.startsWith(beginning));
  return found ? found[1](asked) : {};
}

function statsAnswer({ process }: Asked): unknown {
  const indices = { docs: { count: 7 }, store: { size_in_bytes: 4096 }, shard_stats: { total_count: 2 } };
  return { nodes: { [process.volume.nodeId]: { indices } } };
}

function localNodeAnswer({ process: { volume, place } }: Asked): unknown {
  return { nodes: { [volume.nodeId]: { version: place.version, transport_address: addressOf(place.podIp) } } };
}

function stateAnswer({ process, cluster }: Asked): unknown {
  const nodes = [...(cluster?.members.values() ?? [])].map(({ volume, place, processId }) => [
    volume.nodeId,
    {
      name: place.podName,
      ephemeral_id: processId,
      transport_address: addressOf(place.podIp),
      version: place.version,
    },
  ]);
  return {
    cluster_uuid: process.volume.clusterId ?? '_na_',
    master_node: cluster?.master ?? null,
    nodes: Object.fromEntries(nodes) as unknown,
  };
}

function addressOf(podIp: string): string {
  return `${podIp}:9300`;
}

function healthAnswer({ cluster }: Asked): unknown {
  const shards = cluster?.shards ?? [];
  const copies = shards.flatMap((shard) => [...shard.copies.values()]);
  const recovering = copies.filter((state) => state === 'recovering').length;
  const missing = shards.length * COPIES - copies.filter((state) => state !== 'away').length;
  const isRed = shards.some((shard) => startedCopies(shard) === 0);
  const status = isRed ? 'red' : missing + recovering > 0 ? 'yellow' : 'green';
  return { status, timed_out: false, unassigned_shards: missing, initializing_shards: recovering, relocating_shards: 0 };
}

const ROUTING_STATES = { started: 'STARTED', recovering: 'INITIALIZING', away: 'UNASSIGNED' } as const;

function routingAnswer({ cluster }: Asked): unknown {
  const indices = (cluster?.shards ?? []).map((shard) => {
    const copies = [...shard.copies].map(([node, state]) => ({
      state: ROUTING_STATES[state],
      ...(state === 'away' ? {} : { node }),
    }));
    while (copies.length < COPIES) copies.push({ state: 'UNASSIGNED' });
    return [shard.name, { shards: { 0: copies } }];
  });
  return { routing_table: { indices: Object.fromEntries(indices) as unknown } };
}
