import { expect, test } from 'vitest';
import { drain } from './drain.ts';
import { type Call, LocalHttp } from './http.ts';

type Copies = readonly { readonly state: string; readonly node?: string }[];

interface Cluster {
  /** Their one role by id. */
  readonly nodes: Readonly<Record<string, string>>;
  readonly expanded: object;
  readonly settings?: object;
}

function nodeOf(id: string, role: string): object {
  return { name: id, ephemeral_id: `p-${id}`, roles: [role] };
}

/** Elasticsearch that gives one answer about its shards after the other, and then the last one for ever. */
class Played extends LocalHttp {
  readonly asked: string[] = [];
  readonly written: object[] = [];
  readonly #answers: Copies[];
  readonly #cluster: Cluster;
  #persistent: unknown;

  constructor(answers: Copies[], more: Partial<Cluster> = {}) {
    super('127.0.0.1', 1);
    this.#answers = answers;
    this.#cluster = { nodes: { n0: 'data', n1: 'data', n2: 'data' }, expanded: {}, ...more };
    this.#persistent = more.settings ?? {};
  }

  protected override async exchange({ method, path, body }: Call): Promise<{ status: number; text: string }> {
    const place = path.split('?')[0] ?? '';
    this.asked.push(`${method} ${place}`);
    if (method === 'PUT') this.#write(body);
    return { status: 200, text: JSON.stringify(this.#answer(method, place)) };
  }

  #answer(method: string, place: string): unknown {
    if (method === 'PUT') return { acknowledged: true };
    if (method === 'POST') return { _shards: { total: 1, failed: 0 } };
    if (place === '/_cluster/settings') return { persistent: this.#persistent };
    if (place.startsWith('/_cluster/state/master_node'))
      return { nodes: Object.fromEntries(Object.entries(this.#cluster.nodes).map(([id, role]) => [id, nodeOf(id, role)])) };
    if (place.startsWith('/_all/_settings')) return this.#cluster.expanded;
    const copies = this.#answers.length > 1 ? this.#answers.shift() : this.#answers[0];
    return { routing_table: { indices: { a: { shards: { 0: copies } } } } };
  }

  #write(body: object | undefined): void {
    const { persistent } = body as { persistent: Record<string, string | null> };
    this.written.push(persistent);
    const of = (name: string): string | undefined => persistent[`cluster.${name}`] ?? undefined;
    const marks = ['stopping', 'narrowed', 'steadied'].map((mark) => [mark, of(`metadata.navigator.${mark}`)]);
    const allocation = { exclude: { _id: of('routing.allocation.exclude._id') }, enable: of('routing.allocation.enable') };
    const routing = { allocation, rebalance: { enable: of('routing.rebalance.enable') } };
    this.#persistent = { cluster: { routing, metadata: { navigator: Object.fromEntries(marks) as unknown } } };
  }
}

const here = { state: 'STARTED', node: 'n0' };
const there = { state: 'STARTED', node: 'n1' };
const building = { state: 'INITIALIZING', node: 'n1' };
const missing = { state: 'UNASSIGNED' };
const signal = (): AbortSignal => AbortSignal.timeout(9000);

const ROUTING = 'GET /_cluster/state/routing_table';
const EXPANDED = 'GET /_all/_settings/index.auto_expand_replicas,index.routing.allocation.*';
const KEEPS_OFF = ['GET /_cluster/state/master_node,nodes', 'GET /_cluster/settings', EXPANDED, 'PUT /_cluster/settings'];
const LETS_COME = ['GET /_cluster/settings', 'PUT /_cluster/settings'];

test('it flushes first; a node without an only copy keeps new shards off, looks again, and may stop', async () => {
  const http = new Played([[here, there]]);
  await drain({ http, nodeId: 'n0' }, signal());
  expect(http.asked).toEqual(['POST /_flush', ROUTING, ...KEEPS_OFF, ROUTING]);
  expect(http.written).toMatchObject([
    { 'cluster.routing.allocation.exclude._id': 'n0', 'cluster.metadata.navigator.stopping': 'n0/p-n0' },
  ]);
});

test('a shard that landed just before is let have its second copy, and then it is done again', async () => {
  const http = new Played([
    [here, there],
    [here, missing],
    [here, building],
    [here, there],
  ]);
  await drain({ http, nodeId: 'n0' }, signal());
  expect(http.asked.slice(1)).toEqual([ROUTING, ...KEEPS_OFF, ROUTING, ...LETS_COME, ROUTING, ROUTING, ...KEEPS_OFF, ROUTING]);
  expect(http.written[1]).toMatchObject({ 'cluster.routing.allocation.exclude._id': null });
});

const index = (settings: object): object => ({ settings: { index: settings } });

test.each<[string, Partial<Cluster>]>([
  ['it is the last one', { nodes: { n0: 'data' } }],
  ['one other is left: Elasticsearch’s own indices would lose their second copy', { nodes: { n0: 'data', n1: 'data' } }],
  ['others have other roles', { nodes: { n0: 'data', n1: 'data', n2: 'ingest' } }],
  ['an index is on all nodes', { expanded: { a: index({ auto_expand_replicas: '0-all' }) } }],
  ['an index asks for as many copies as are left and more', { expanded: { a: index({ auto_expand_replicas: '0-2' }) } }],
  [
    'an index that follows their number may not be on each',
    { expanded: { a: index({ auto_expand_replicas: '0-1', routing: { allocation: { require: { rack: 'a' } } } }) } },
  ],
  ['a filter is in force', { settings: { cluster: { routing: { allocation: { exclude: { _ip: '10.0.0.9' } } } } } }],
])('nothing is kept off where %s', async (_name, more) => {
  const http = new Played([[here, there]], more);
  await drain({ http, nodeId: 'n0' }, signal());
  expect(http.written).toEqual([]);
});

test.each<[string, Partial<Cluster>]>([
  ['an index that follows their number has copies enough', { expanded: { a: index({ auto_expand_replicas: '0-1' }) } }],
  [
    'an index that does not may not be on each',
    { expanded: { a: index({ routing: {} }), b: index({ auto_expand_replicas: 'false' }) } },
  ],
])('they are kept off where %s', async (_name, more) => {
  const http = new Played([[here, there]], more);
  await drain({ http, nodeId: 'n0' }, signal());
  expect(http.written).toHaveLength(1);
});

test('a copy that is being built elsewhere is waited for', async () => {
  const http = new Played([
    [here, building],
    [here, building],
    [here, there],
  ]);
  await drain({ http, nodeId: 'n0' }, signal());
  expect(http.asked).toEqual(['POST /_flush', ROUTING, ROUTING, ROUTING, ...KEEPS_OFF, ROUTING]);
});

test('nothing is waited for beyond its time: copies that nobody builds least', async () => {
  const stuck = new Played([[here, missing]]);
  await drain({ http: stuck, nodeId: 'n0', recoveringMs: 60_000, missingMs: 0 }, signal());
  expect(stuck.asked).toEqual(['POST /_flush', ROUTING]);
  const slow = new Played([[here, building]]);
  await drain({ http: slow, nodeId: 'n0', recoveringMs: 0, missingMs: 60_000 }, signal());
  expect(slow.asked).toEqual(['POST /_flush', ROUTING]);
});

test('an only copy on another node, or a node that never told its id, is no reason to wait', async () => {
  await drain({ http: new Played([[there, missing]]), nodeId: 'n0' }, signal());
  const http = new Played([[here, missing]]);
  await drain({ http, nodeId: undefined }, signal());
  expect(http.asked).toEqual(['POST /_flush']);
});

test('the deadline of the drain ends the wait', async () => {
  const http = new Played([[here, building]]);
  await expect(drain({ http, nodeId: 'n0' }, AbortSignal.timeout(30))).rejects.toThrow(/abort/);
});
