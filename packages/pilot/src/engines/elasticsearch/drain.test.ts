import { expect, test } from 'vitest';
import { drain } from './drain.ts';
import { type Call, LocalHttp } from './http.ts';

type Copies = readonly { readonly state: string; readonly node?: string }[];

/** Elasticsearch that gives one answer about its shards after the other, and then the last one for ever. */
class Played extends LocalHttp {
  readonly asked: string[] = [];
  readonly written: unknown[] = [];
  readonly #answers: Copies[];

  constructor(...answers: Copies[]) {
    super('127.0.0.1', 1);
    this.#answers = answers;
  }

  protected override async exchange({ method, path, body }: Call): Promise<{ status: number; text: string }> {
    const place = path.split('?')[0] ?? '';
    this.asked.push(`${method} ${place}`);
    if (method === 'PUT') this.written.push(body);
    return { status: 200, text: JSON.stringify(this.#answer(method, place)) };
  }

  #answer(method: string, place: string): unknown {
    if (method === 'PUT') return { acknowledged: false };
    if (method === 'POST') return { _shards: { total: 1, failed: 0 } };
    if (place === '/_cluster/settings') return {};
    if (place.startsWith('/_cluster/state/master_node')) return { nodes: { n0: { name: 'es-0', ephemeral_id: 'p0' } } };
    const copies = this.#answers.length > 1 ? this.#answers.shift() : this.#answers[0];
    return { routing_table: { indices: { a: { shards: { 0: copies } } } } };
  }
}

const here = { state: 'STARTED', node: 'n0' };
const there = { state: 'STARTED', node: 'n1' };
const building = { state: 'INITIALIZING', node: 'n1' };
const missing = { state: 'UNASSIGNED' };
const signal = (): AbortSignal => AbortSignal.timeout(9000);

const ROUTING = 'GET /_cluster/state/routing_table';
const HOLDS = ['GET /_cluster/state/master_node,nodes', 'GET /_cluster/settings', 'PUT /_cluster/settings'];

test('it flushes first; a node without an only copy lets new indices wait, looks again, and may stop', async () => {
  const http = new Played([here, there]);
  await drain({ http, nodeId: 'n0' }, signal());
  expect(http.asked).toEqual(['POST /_flush', ROUTING, ...HOLDS, ROUTING]);
  expect(http.written).toEqual([
    {
      persistent: {
        'cluster.routing.allocation.node_initial_primaries_recoveries': '0',
        'cluster.metadata.navigator.stopping': 'n0/p0',
      },
    },
  ]);
});

test('a copy that is being built elsewhere is waited for, and one that landed just before new ones had to wait', async () => {
  const http = new Played([here, building], [here, there], [here, missing], [here, building], [here, there]);
  await drain({ http, nodeId: 'n0' }, signal());
  expect(http.asked).toEqual(['POST /_flush', ROUTING, ROUTING, ...HOLDS, ROUTING, ROUTING, ROUTING]);
});

test('so is a shard that is having its first copy made here', async () => {
  const http = new Played([{ state: 'INITIALIZING', node: 'n0' }, missing], [here, there]);
  await drain({ http, nodeId: 'n0' }, signal());
  expect(http.asked).toEqual(['POST /_flush', ROUTING, ROUTING, ...HOLDS, ROUTING]);
});

test('nothing is waited for beyond its time: copies that nobody builds least', async () => {
  const stuck = new Played([here, missing]);
  await drain({ http: stuck, nodeId: 'n0', recoveringMs: 60_000, missingMs: 0 }, signal());
  expect(stuck.asked).toEqual(['POST /_flush', ROUTING, ...HOLDS, ROUTING]);
  const slow = new Played([here, building]);
  await drain({ http: slow, nodeId: 'n0', recoveringMs: 0, missingMs: 60_000 }, signal());
  expect(slow.asked).toEqual(['POST /_flush', ROUTING, ...HOLDS, ROUTING]);
});

test('between two copies that are built nothing is, and that is waited for', async () => {
  const http = new Played([here, building], [here, building], [here, missing], [here, there]);
  await drain({ http, nodeId: 'n0', missingMs: 700 }, signal());
  expect(http.asked).toEqual(['POST /_flush', ...Array<string>(4).fill(ROUTING), ...HOLDS, ROUTING]);
});

test('an only copy on another node, or a node that never told its id, is no reason to wait', async () => {
  await drain({ http: new Played([there, missing]), nodeId: 'n0' }, signal());
  const http = new Played([here, missing]);
  await drain({ http, nodeId: undefined }, signal());
  expect(http.asked).toEqual(['POST /_flush']);
});

test('the deadline of the drain ends the wait', async () => {
  await expect(drain({ http: new Played([here, building]), nodeId: 'n0' }, AbortSignal.timeout(30))).rejects.toThrow(/abort/);
});
