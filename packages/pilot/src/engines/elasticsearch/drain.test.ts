import { expect, test } from 'vitest';
import { drain } from './drain.ts';
import { LocalHttp } from './http.ts';

type Copies = readonly { readonly state: string; readonly node?: string }[];

/** Elasticsearch that gives one answer about its shards after the other, and then the last one for ever. */
class Played extends LocalHttp {
  readonly asked: string[] = [];
  readonly #answers: Copies[];

  constructor(...answers: Copies[]) {
    super('127.0.0.1', 1);
    this.#answers = answers;
  }

  protected override async exchange({
    method,
    path,
  }: {
    method: string;
    path: string;
  }): Promise<{ status: number; text: string }> {
    this.asked.push(`${method} ${path.split('?')[0]}`);
    if (method === 'POST') return { status: 200, text: JSON.stringify({ _shards: { total: 1, failed: 0 } }) };
    const copies = this.#answers.length > 1 ? this.#answers.shift() : this.#answers[0];
    return { status: 200, text: JSON.stringify({ routing_table: { indices: { a: { shards: { 0: copies } } } } }) };
  }
}

const here = { state: 'STARTED', node: 'n0' };
const there = { state: 'STARTED', node: 'n1' };
const building = { state: 'INITIALIZING', node: 'n1' };
const missing = { state: 'UNASSIGNED' };
const signal = (): AbortSignal => AbortSignal.timeout(9000);

test('it flushes first, and a node without an only copy may stop at once', async () => {
  const http = new Played([here, there]);
  await drain({ http, nodeId: 'n0' }, signal());
  expect(http.asked).toEqual(['POST /_flush', 'GET /_cluster/state/routing_table']);
});

test('a copy that is being built elsewhere is waited for', async () => {
  const http = new Played([here, building], [here, building], [here, there]);
  await drain({ http, nodeId: 'n0' }, signal());
  expect(http.asked).toHaveLength(4);
});

test('nothing is waited for beyond its time: copies that nobody builds least', async () => {
  const stuck = new Played([here, missing]);
  await drain({ http: stuck, nodeId: 'n0', recoveringMs: 60_000, missingMs: 0 }, signal());
  expect(stuck.asked).toHaveLength(2);
  const slow = new Played([here, building]);
  await drain({ http: slow, nodeId: 'n0', recoveringMs: 0, missingMs: 60_000 }, signal());
  expect(slow.asked).toHaveLength(2);
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
