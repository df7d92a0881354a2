import type { Call } from '@navigator/pilot/lab/elasticsearch';
import { coordinationAnswer, obey, settingsAnswer } from './orders.ts';
import { COPIES, type EsCluster, type EsProcess, type Shard, startedCopies } from './model.ts';

/** Who is asked, and the cluster that it is a member of. */
export interface Asked {
  readonly process: EsProcess;
  readonly cluster: EsCluster | undefined;
  readonly call: Call;
}

/** By the beginning of the path; the first that fits answers. */
const ANSWERS: readonly (readonly [path: string, answer: (asked: Asked) => unknown])[] = [
  ['/_nodes/_local/stats', statsAnswer],
  ['/_nodes/_local', localNodeAnswer],
  ['/_cluster/health', healthAnswer],
  ['/_cluster/settings', ({ cluster }) => cluster && settingsAnswer(cluster)],
  ['/_all/_settings', replicasAnswer],
  ['/_cluster/state/metadata', ({ cluster }) => cluster && coordinationAnswer(cluster)],
  ['/_cluster/state/routing_table', routingAnswer],
  ['/_cluster/state', stateAnswer],
];

/** What a process that listens answers; what nobody has played is an empty object. */
export function answerTo(asked: Asked): unknown {
  const { call, cluster } = asked;
  const { method, path } = call;
  if (method !== 'GET') return (cluster?.master === undefined ? undefined : obey(cluster, call)) ?? {};
  const found = ANSWERS.find(([beginning]) => path.startsWith(beginning));
  return found?.[1](asked) ?? {};
}

function statsAnswer({ process }: Asked): unknown {
  const indices = { docs: { count: 7 }, store: { size_in_bytes: 4096 }, shard_stats: { total_count: 2 } };
  return { nodes: { [process.volume.nodeId]: { indices } } };
}

function localNodeAnswer({ process: { volume, place, roles } }: Asked): unknown {
  return { nodes: { [volume.nodeId]: { version: place.version, transport_address: addressOf(place.podIp), roles } } };
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
  const missing = shards.reduce((sum, shard) => sum + missingCopies(shard), 0);
  const isRed = shards.some((shard) => startedCopies(shard) === 0);
  const status = isRed ? 'red' : shards.some((shard) => startedCopies(shard) < COPIES) ? 'yellow' : 'green';
  const moving = shards.reduce((sum, shard) => sum + shard.moves.size, 0);
  return {
    status,
    timed_out: false,
    unassigned_shards: missing,
    initializing_shards: recovering - moving,
    relocating_shards: moving,
    active_shards: copies.filter((state) => state === 'started').length,
  };
}

const ROUTING_STATES = { started: 'STARTED', recovering: 'INITIALIZING', away: 'UNASSIGNED' } as const;

function routingAnswer({ cluster }: Asked): unknown {
  const indices = (cluster?.shards ?? []).map((shard) => {
    const targets = new Map([...shard.moves].map(([target, source]) => [source, target]));
    const held = [...shard.copies].filter(([node, state]) => state !== 'away' && !shard.moves.has(node));
    const copies = held.map(([node, state]): Record<string, string | undefined> => {
      const target = targets.get(node);
      return target === undefined
        ? { state: ROUTING_STATES[state], node }
        : { state: 'RELOCATING', node, relocating_node: target };
    });
    while (copies.length < COPIES) copies.push({ state: 'UNASSIGNED' });
    return [shard.name, { shards: { 0: copies } }];
  });
  return {
    ...(cluster === undefined ? {} : { cluster_uuid: cluster.id }),
    routing_table: { indices: Object.fromEntries(indices) as unknown },
  };
}

/** Copies that no node has. */
function missingCopies(shard: Shard): number {
  const held = [...shard.copies].filter(([node, state]) => state !== 'away' && !shard.moves.has(node));
  return Math.max(0, COPIES - held.length);
}

function replicasAnswer({ cluster }: Asked): unknown {
  const settings = { index: { number_of_replicas: String(COPIES - 1) } };
  return Object.fromEntries((cluster?.shards ?? []).map(({ name }) => [name, { settings }]));
}
