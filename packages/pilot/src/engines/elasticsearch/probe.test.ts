import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ClusterView, PilotSpec } from '@navigator/api-types';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LocalHttp } from './http.ts';
import { Probe } from './probe.ts';

const COUNTS = { timed_out: false, unassigned_shards: 0, initializing_shards: 0, relocating_shards: 0 };

type Answers = Record<string, { status?: number; body?: unknown; hang?: boolean }>;

let server: Server;
let answers: Answers;
let asked: string[];
let nowMs: number;
let probe: Probe;

/** One of three nodes, with the elected master as given. */
function cluster(master: string | null): Answers {
  const node = (name: string): object => ({
    name,
    ephemeral_id: `e-${name}`,
    transport_address: '10.0.0.1:9300',
    version: '8.15.0',
  });
  const fs = { total: { total_in_bytes: 9000, available_in_bytes: 7000 } };
  const indices = { docs: { count: 5 }, store: { size_in_bytes: 1000 }, shard_stats: { total_count: 2 } };
  return {
    '/_nodes/_local': { body: { nodes: { n0: { version: '8.15.0', transport_address: '10.0.0.1:9300' } } } },
    '/_cluster/state/master_node,nodes': {
      body: {
        cluster_uuid: 'uuid',
        ...(master === null ? {} : { master_node: master }),
        nodes: { n0: node('es-0'), n1: node('es-1') },
      },
    },
    '/_cluster/health': {
      body: { ...COUNTS, status: 'green', active_shards: 1 },
    },
    '/_nodes/_local/stats/indices,fs/docs,store,shard_stats': { body: { nodes: { n0: { indices, fs } } } },
  };
}

beforeEach(async () => {
  answers = cluster('n0');
  asked = [];
  nowMs = 0;
  server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    asked.push(request.method === 'GET' ? path : `${request.method} ${path}`);
    const { status = 200, body, hang = false } = answers[path] ?? { status: 404, body: 'no' };
    if (hang) return;
    response.writeHead(status);
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  probe = new Probe(new LocalHttp('127.0.0.1', (server.address() as AddressInfo).port), () => nowMs);
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function observe(ms = 5000): ReturnType<Probe['observe']> {
  return probe.observe(AbortSignal.timeout(ms));
}

test('the elected master tells itself and the cluster', async () => {
  expect(await observe()).toMatchObject({
    ready: true,
    alive: true,
    version: '8.15.0',
    identity: { id: 'n0', processId: 'e-es-0', address: '10.0.0.1:9300' },
    data: { bytes: 1000, documents: 5, shards: 2, volume: { totalBytes: 9000, freeBytes: 7000 } },
    view: { clusterId: 'uuid', authoritative: true, health: 'Green', members: [{ name: 'es-0' }, { name: 'es-1' }] },
  });
  expect(probe.hasFormed).toBe(true);
});

test('red is told by a master, and not by one that loses the lead while it looks', async () => {
  const health = { body: { ...COUNTS, status: 'red', active_shards: 1 } };
  answers['/_cluster/health'] = health;
  expect((await observe()).view).toMatchObject({ health: 'Red' });
  Object.defineProperty(answers, '/_cluster/health', {
    get: () => {
      answers = { ...cluster(null), '/_cluster/health': health };
      return health;
    },
  });
  expect(await observe()).not.toHaveProperty('view');
});

test('while Yellow the master tells how many only copies each node has, or nothing of them when it cannot', async () => {
  const shards = { 0: [{ state: 'STARTED', node: 'n1' }, { state: 'UNASSIGNED' }] };
  answers['/_cluster/health'] = {
    body: { status: 'yellow', timed_out: false, unassigned_shards: 1, initializing_shards: 0, relocating_shards: 0 },
  };
  answers['/_cluster/state/routing_table'] = { body: { routing_table: { indices: { a: { shards } } } } };
  expect((await observe()).view).toMatchObject({
    health: 'Yellow',
    recovering: 0,
    members: [{ soleCopies: 0 }, { soleCopies: 1 }],
  });
  answers['/_cluster/state/routing_table'] = { status: 500, body: 'broken' };
  const { view } = await observe();
  expect(view).toMatchObject({ health: 'Yellow', recovering: 0 });
  expect(view?.members[1]).not.toHaveProperty('soleCopies');
});

describe('while a node is being emptied', () => {
  const orders = { emptied: ['es-1'], voteless: [], restarting: [] };
  const spec: PilotSpec = { cluster: { kind: 'K', name: 'demo' }, nodePool: 'p', seeds: [], orders };
  const routing = (copies: readonly object[], uuid = 'uuid'): { body: unknown } => ({
    body: { cluster_uuid: uuid, routing_table: { indices: { a: { shards: { 0: copies } } } } },
  });
  const look = async (given?: PilotSpec): Promise<ClusterView | undefined> =>
    (await probe.observe(AbortSignal.timeout(5000), given)).view;

  beforeEach(() => {
    const exclude = { cluster: { routing: { allocation: { exclude: { _name: 'es-1' } } } } };
    answers['/_cluster/settings'] = { body: { persistent: exclude } };
    const coordination = { cluster_coordination: { last_committed_config: ['n0', 'n1'] } };
    answers['/_cluster/state/metadata'] = { body: { metadata: coordination } };
  });

  test('the master tells the copies on each node at both ends of a move, what has no node, and the voters', async () => {
    answers['/_cluster/state/routing_table'] = routing([
      { state: 'RELOCATING', node: 'n1', relocating_node: 'n0' },
      { state: 'UNASSIGNED', node: null },
    ]);
    expect(await look(spec)).toMatchObject({
      orders: { emptied: ['es-1'] },
      unassigned: 1,
      members: [
        { name: 'es-0', copies: 1, voter: true },
        { name: 'es-1', copies: 1, voter: true },
      ],
    });
    answers['/_cluster/state/routing_table'] = routing([{ state: 'STARTED', node: 'n0' }]);
    expect((await look(spec))?.members[1]).toMatchObject({ copies: 0 });
  });

  test.each<[string, Answers[string]]>([
    ['an error', { status: 503, body: 'later' }],
    ['an answer of another cluster', routing([], 'another')],
    ['an answer of no cluster', { body: {} }],
    ['an answer that is cut short', { body: { cluster_uuid: 'uuid' } }],
  ])('%s is not empty', async (_name, answer) => {
    answers['/_cluster/state/routing_table'] = answer;
    expect((await look(spec))?.members[1]).not.toHaveProperty('copies');
  });

  test('a pilot that does not know its order changes nothing and tells nothing of orders', async () => {
    expect(await look()).not.toHaveProperty('orders');
    expect(asked).not.toContain('PUT /_cluster/settings');
  });
});

test('the most copies that an index asks for; one that follows the number of nodes asks for none', async () => {
  const index = (replicas: string, expand?: string): object => ({
    settings: { index: { number_of_replicas: replicas, ...(expand ? { auto_expand_replicas: expand } : {}) } },
  });
  answers['/_all/_settings/index.number_of_replicas,index.auto_expand_replicas'] = {
    body: { a: index('1'), b: index('4', '0-all'), c: index('2', 'false') },
  };
  expect((await observe()).view?.copiesAsked).toBe(3);
});

test('another node tells only itself; a master that lost the election takes its view back', async () => {
  await observe();
  answers = cluster('n1');
  const observation = await observe();
  expect(observation.ready).toBe(true);
  expect(observation).not.toHaveProperty('view');
});

test('without a master it lives but is not ready and knows no data', async () => {
  answers = cluster(null);
  const observation = await observe();
  expect(observation).toMatchObject({ ready: false, alive: true, message: 'no master is known to this node', version: '8.15.0' });
  expect(observation).not.toHaveProperty('data');
  expect(probe.hasFormed).toBe(false);
});

test('a master in a state without this node is no master of ours', async () => {
  answers['/_cluster/state/master_node,nodes'] = {
    body: { cluster_uuid: 'uuid', master_node: 'n1', nodes: { n1: { name: 'es-1' } } },
  };
  expect((await observe()).ready).toBe(false);
});

test('_na_ is not yet formed', async () => {
  answers['/_cluster/state/master_node,nodes'] = {
    body: { cluster_uuid: '_na_', master_node: 'n0', nodes: { n0: { name: 'es-0' } } },
  };
  await observe();
  expect(probe.hasFormed).toBe(false);
});

test('an error of statistics leaves the amount unknown, also after it was known', async () => {
  await observe();
  nowMs += 10_000;
  answers['/_nodes/_local/stats/indices,fs/docs,store,shard_stats'] = { status: 500, body: 'broken' };
  const observation = await observe();
  expect(observation.ready).toBe(true);
  expect(observation).not.toHaveProperty('data');
});

test('statistics are asked for every ten seconds only, the node itself once', async () => {
  for (nowMs = 0; nowMs < 20_000; nowMs += 2000) await observe();
  expect(asked.filter((path) => path.includes('/stats/'))).toHaveLength(2);
  expect(asked.filter((path) => path === '/_nodes/_local')).toHaveLength(1);
});

test.each([
  ['an error of the state', { status: 503, body: 'no' }],
  ['a state that is not JSON', { body: '<html>' }],
  ['a state of another shape', { body: { nodes: [] } }],
])('%s makes the look fail', async (_name, answer) => {
  answers['/_cluster/state/master_node,nodes'] = answer;
  await expect(observe()).rejects.toMatchObject({ code: 'DatabaseAnswer' });
});

test('a hung process is unknown after the deadline, not dead', async () => {
  answers['/_cluster/state/master_node,nodes'] = { hang: true };
  await expect(observe(100)).rejects.toMatchObject({ code: 'DatabaseTimeout' });
});

test('an answer that would not fit into memory is not read to its end', async () => {
  answers['/_cluster/state/master_node,nodes'] = { body: 'x'.repeat(2 * 1024 * 1024 + 1) };
  await expect(observe()).rejects.toMatchObject({ code: 'DatabaseAnswer' });
});

test('a process that stopped listening is not alive', async () => {
  await observe();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  // The kept connection breaks first: that alone proves nothing.
  await expect(observe()).rejects.toMatchObject({ code: 'DatabaseAnswer' });
  expect(await observe()).toMatchObject({ ready: false, alive: false });
});
