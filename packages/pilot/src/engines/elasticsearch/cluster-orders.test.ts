import type { ClusterOrders } from '@navigator/api-types';
import { beforeEach, expect, test } from 'vitest';
import type { LocalState } from './answers.ts';
import { ClusterOrdersKeeper, type OrdersInForce } from './cluster-orders.ts';
import { type Call, LocalHttp } from './http.ts';

/** The cluster settings and votes of an Elasticsearch, as far as they are read and written here. */
class Played extends LocalHttp {
  readonly asked: string[] = [];
  readonly persistent = new Map<string, string>();
  excluded: string[] = [];
  voters = ['id-a', 'id-b', 'id-x'];
  failing: string | undefined;
  hanging = false;

  constructor() {
    super('127.0.0.1', 1);
  }

  protected override async exchange({ method, path, body, signal }: Call): Promise<{ status: number; text: string }> {
    const [place = '', query = ''] = path.split('?');
    this.asked.push(`${method} ${place}`);
    if (this.hanging && method === 'PUT') await aborted(signal);
    if (this.failing === `${method} ${place}`) return { status: 503, text: 'timed out' };
    if (place === '/_cluster/settings') return json(method === 'PUT' ? this.#set(body) : this.#settings());
    if (place === '/_cluster/state/metadata') return json(this.#coordination());
    const asked = new URLSearchParams(query);
    const name = asked.get('node_names') ?? asked.get('node_ids')?.slice(3) ?? '';
    this.excluded = method === 'POST' ? [...this.excluded, name] : [];
    this.voters = ['id-a', 'id-b', 'id-x'].filter((id) => !this.excluded.includes(id.slice(3)));
    return { status: 200, text: '' };
  }

  #set(body: unknown): unknown {
    const { persistent } = body as { persistent: Record<string, string | null> };
    for (const [name, value] of Object.entries(persistent)) {
      if (value === null) this.persistent.delete(name);
      else this.persistent.set(name, value);
    }
    return { acknowledged: true };
  }

  #settings(): unknown {
    const persistent: Tree = {};
    for (const [name, value] of this.persistent) {
      const path = name.split('.');
      const last = path.pop() ?? '';
      const parent = path.reduce<Tree>((tree, key) => (tree[key] ??= {}) as Tree, persistent);
      parent[last] = value;
    }
    return { persistent };
  }

  #coordination(): unknown {
    const exclusions = this.excluded.map((name) => ({ node_id: `id-${name}`, node_name: name }));
    return { metadata: { cluster_coordination: { last_committed_config: this.voters, voting_config_exclusions: exclusions } } };
  }
}

interface Tree {
  [key: string]: Tree | string;
}

async function aborted(signal: AbortSignal): Promise<never> {
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  throw new Error('too slow');
}

function json(body: unknown): { status: number; text: string } {
  return { status: 200, text: JSON.stringify(body) };
}

let http: Played;
let keeper: ClusterOrdersKeeper;
let nowMs: number;

beforeEach(() => {
  http = new Played();
  nowMs = 0;
  keeper = new ClusterOrdersKeeper(http, () => nowMs);
});

function stateOf(...names: string[]): LocalState {
  return {
    cluster_uuid: 'uuid',
    master_node: 'id-a',
    nodes: Object.fromEntries(names.map((name) => [`id-${name}`, { name, ephemeral_id: `p-${name}` }])),
  };
}

async function look(orders?: Partial<ClusterOrders>, state = stateOf('a', 'b', 'x')): Promise<OrdersInForce> {
  const all = orders && { emptied: [], voteless: [], restarting: [], ...orders };
  return await keeper.carryOut(all, state, AbortSignal.timeout(5000));
}

test('a cluster without orders is asked every four seconds and never written to', async () => {
  await look();
  await look();
  expect(http.asked).toEqual(['GET /_cluster/state/metadata', 'GET /_cluster/settings', 'GET /_cluster/state/metadata']);
  nowMs = 4001;
  await look();
  expect(http.asked).toHaveLength(6);
});

test('a node is emptied first, and its vote is taken when it was seen empty', async () => {
  const orders = { emptied: ['x'], voteless: ['x'] };
  expect(await look(orders)).toMatchObject({ orders: { emptied: ['x'], voteless: [] }, voters: ['id-a', 'id-b', 'id-x'] });
  expect(http.excluded).toEqual([]);
  keeper.foundEmpty(['x']);
  expect(await look(orders)).toMatchObject({ orders: { emptied: ['x'], voteless: ['x'] }, voters: ['id-a', 'id-b'] });
  expect(http.persistent.get('cluster.metadata.navigator.voteless')).toBe('x');
});

test('a new leader, who has not seen the node empty, leaves the vote that was taken as it is', async () => {
  const orders = { emptied: ['x'], voteless: ['x'] };
  keeper.foundEmpty(['x']);
  await look(orders);
  keeper = new ClusterOrdersKeeper(http, () => nowMs);
  expect(await look(orders)).toMatchObject({ orders: { voteless: ['x'] } });
  expect(http.asked.filter((call) => call.startsWith('DELETE'))).toEqual([]);
});

test('the vote of a node that is away is taken by its id, written down before, and given back', async () => {
  const away = stateOf('a', 'b');
  expect(await look({ voteless: ['x', 'id-x'] }, away)).toMatchObject({
    orders: { voteless: ['id-x'] },
    voters: ['id-a', 'id-b'],
  });
  expect(http.persistent.get('cluster.metadata.navigator.voteless')).toBe('id-x');
  for (let looks = 0; looks < 3; looks += 1) await look({}, away);
  expect(http.excluded).toEqual([]);
  expect(http.persistent.size).toBe(0);
});

test.each([1, 2])(
  'an exclusion that comes %i looks after its order was taken back is known for ours, and lifted',
  async (looks) => {
    const before = http.voters;
    await look({ voteless: ['x'] });
    Object.assign(http, { excluded: [], voters: before });
    for (let done = 0; done < looks; done += 1) await look();
    http.excluded = ['x'];
    for (let done = 0; done < 4; done += 1) await look();
    expect(http.excluded).toEqual([]);
    expect(http.persistent.size).toBe(0);
  },
);

test('an exclusion of somebody else keeps ours, which is told', async () => {
  await look({ voteless: ['x'] });
  http.excluded.push('theirs');
  expect((await look()).orders.problem).toContain('theirs');
  expect(http.excluded).toEqual(['x', 'theirs']);
  http.excluded.pop();
  expect((await look()).orders).not.toHaveProperty('problem');
  expect(http.excluded).toEqual([]);
});

test('orders that are withdrawn leave nothing behind, also under a new leader', async () => {
  http.persistent.set('cluster.routing.allocation.exclude._name', 'users');
  await look({ emptied: ['x'] });
  await look({ emptied: ['x'], voteless: ['b'], restarting: ['gone'] });
  expect([...http.persistent.keys()]).toHaveLength(7);
  keeper = new ClusterOrdersKeeper(http, () => nowMs);
  for (let looks = 0; looks < 3; looks += 1) await look();
  expect(Object.fromEntries(http.persistent)).toEqual({ 'cluster.routing.allocation.exclude._name': 'users' });
  expect(http.excluded).toEqual([]);
});

test('allocation is narrowed only while the node that restarts is away', async () => {
  const orders = { restarting: ['x'] };
  expect((await look(orders)).orders.restarting).toEqual([]);
  expect((await look(orders, stateOf('a', 'b'))).orders.restarting).toEqual(['x']);
  expect(http.persistent.get('cluster.routing.allocation.enable')).toBe('primaries');
  expect((await look(orders)).orders.restarting).toEqual([]);
  expect(http.persistent.size).toBe(0);
});

test('a node that does not come back is not waited for beyond ten minutes, whatever the order says', async () => {
  const orders = { restarting: ['x'] };
  await look(orders, stateOf('a', 'b'));
  nowMs = 599_000;
  expect((await look(orders, stateOf('a', 'b'))).orders.restarting).toEqual(['x']);
  nowMs = 600_000;
  expect((await look(orders, stateOf('a', 'b'))).orders.restarting).toEqual([]);
  expect(http.persistent.size).toBe(0);
  await look(orders);
  await look(orders, stateOf('a', 'b'));
  expect(http.persistent.get('cluster.routing.allocation.enable')).toBe('primaries');
});

const HELD = 'cluster.routing.allocation.node_initial_primaries_recoveries';
const STOPPING = 'cluster.metadata.navigator.stopping';

function stopping(process: string): void {
  http.persistent.set(HELD, '0');
  http.persistent.set(STOPPING, process);
}

test('what holds new indices for a process that stops is lifted within a look of its end, also in a quiet cluster', async () => {
  await look();
  stopping('id-x/p-x');
  nowMs = 10_001;
  await look();
  expect(http.persistent.size).toBe(2);
  await look(undefined, stateOf('a', 'b'));
  expect(http.persistent.size).toBe(0);
});

test.each(['with', 'without'])(
  'it is lifted after five seconds too, %s orders: the process may wait for just such a request',
  async (which) => {
    const once = async (): Promise<unknown> =>
      which === 'with' ? await look({ voteless: ['b'] }) : await keeper.tidy(stateOf('a', 'b', 'x'), AbortSignal.timeout(5000));
    stopping('id-x/p-x');
    await once();
    nowMs = 4999;
    await once();
    expect(http.persistent.get(HELD)).toBe('0');
    nowMs = 5000;
    await once();
    expect(http.persistent.has(HELD)).toBe(false);
  },
);

test('it is lifted when the node was back before anybody looked: by then it is another process', async () => {
  stopping('id-x/p-before,id-a/p-a');
  await look();
  expect(Object.fromEntries(http.persistent)).toEqual({ [HELD]: '0', [STOPPING]: 'id-a/p-a' });
});

test('settings that a cluster shows only when it has recovered its state are found soon after', async () => {
  await look();
  await keeper.tidy(stateOf('a', 'b'), AbortSignal.timeout(5000));
  stopping('id-x/p-before');
  nowMs = 10_001;
  await keeper.tidy(stateOf('a', 'b'), AbortSignal.timeout(5000));
  expect(http.persistent.size).toBe(0);
  stopping('id-x/p-before');
  await look();
  expect(http.persistent.size).toBe(0);
});

test('a pilot that does not know its orders lifts that too, and touches nothing else of anybody', async () => {
  const others = { 'cluster.routing.allocation.exclude._name': 'users,y', 'cluster.metadata.navigator.emptied': 'y' };
  for (const [name, value] of Object.entries(others)) http.persistent.set(name, value);
  stopping('id-x/p-x');
  await keeper.tidy(stateOf('a', 'b', 'x'), AbortSignal.timeout(5000));
  expect(http.persistent.size).toBe(4);
  await keeper.tidy(stateOf('a', 'b'), AbortSignal.timeout(5000));
  expect(Object.fromEntries(http.persistent)).toEqual(others);
  const before = http.asked.length;
  await keeper.tidy(stateOf('a', 'b'), AbortSignal.timeout(5000));
  expect(http.asked).toHaveLength(before);
});

test.each([
  'GET /_cluster/settings',
  'PUT /_cluster/settings',
  'GET /_cluster/state/metadata',
  'POST /_cluster/voting_config_exclusions',
])('when %s fails, nothing is told to be in force, and why', async (failing) => {
  http.failing = failing;
  const told = await look({ emptied: ['x'], voteless: ['b'] });
  expect(told.orders).toMatchObject({ emptied: [], voteless: [], problem: expect.stringContaining('503') });
  expect(told.voters).toBeUndefined();
});

test('a master that is slow to agree does not keep the look from ending', async () => {
  http.hanging = true;
  expect((await look({ emptied: ['x'] })).orders).toMatchObject({ emptied: [], problem: 'too slow' });
});

test('why a vote cannot be taken is told at every look, and no more once it was taken', async () => {
  http.failing = 'POST /_cluster/voting_config_exclusions';
  const orders = { emptied: ['x'], voteless: ['x'] };
  const lookAndSee = async (): Promise<OrdersInForce['orders']> => {
    const told = await look(orders);
    keeper.foundEmpty(told.orders.emptied);
    return told.orders;
  };
  await lookAndSee();
  for (let looks = 0; looks < 4; looks += 1) expect((await lookAndSee()).problem).toContain('503');
  http.failing = undefined;
  await lookAndSee();
  await lookAndSee();
  expect(await lookAndSee()).toEqual({ emptied: ['x'], voteless: ['x'], restarting: [] });
});
