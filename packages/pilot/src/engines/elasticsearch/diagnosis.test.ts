import { expect, test } from 'vitest';
import { PilotError } from '../../errors.ts';
import { Diagnosis, DISK_PATH, EXPLAIN_PATH } from './diagnosis.ts';
import { type Call, LocalHttp } from './http.ts';

const WELL = { unassigned_shards: 0, timed_out: false };
const UNWELL = { unassigned_shards: 2, timed_out: false };
const EXPLAINED = {
  index: 'orders',
  shard: 3,
  primary: false,
  unassigned_info: { reason: 'NODE_LEFT' },
  can_allocate: 'no',
  allocate_explanation:
    "Elasticsearch isn't allowed to allocate this shard to any of the nodes in the cluster. Choose a node to which you expect it to be allocated, and address the reasons there.",
  node_allocation_decisions: [
    {
      deciders: [
        {
          decider: 'same_shard',
          explanation: 'a copy of this shard is already allocated to this node [[orders][0], node[zjBa], [P]]',
        },
      ],
    },
    { deciders: [{ decider: 'disk_threshold', explanation: 'the node is above the high watermark' }] },
    { deciders: [{ decider: 'disk_threshold', explanation: 'the node is above the high watermark, too' }] },
  ],
};
const DISK = {
  indicators: {
    disk: {
      status: 'yellow',
      symptom: '1 node with roles: [data] is out of disk or running low on disk space.',
      diagnosis: [{ affected_resources: { nodes: [{ name: 'es-demo-mixed-1' }] } }],
    },
  },
};
const GREEN = { indicators: { disk: { status: 'green', symptom: 'The cluster has enough available disk space.' } } };

/** Answers by path; counts what is asked. */
class Played extends LocalHttp {
  readonly asked: string[] = [];
  explain: unknown = EXPLAINED;
  disk: unknown = GREEN;

  protected override async exchange({ path }: Call): Promise<{ status: number; text: string }> {
    this.asked.push(path);
    const answer = path === EXPLAIN_PATH ? this.explain : this.disk;
    if (answer instanceof Error) throw answer;
    return answer === undefined ? { status: 400, text: '{}' } : { status: 200, text: JSON.stringify(answer) };
  }

  count(path: string): number {
    return this.asked.filter((asked) => asked === path).length;
  }
}

function begin(): { http: Played; at: (seconds: number, health?: typeof WELL) => ReturnType<Diagnosis['look']> } {
  const http = new Played('127.0.0.1', 1);
  let nowMs = 0;
  const diagnosis = new Diagnosis(http, () => nowMs);
  return {
    http,
    at: async (seconds, health = UNWELL) => {
      nowMs = seconds * 1000;
      return await diagnosis.look(health, AbortSignal.timeout(5000));
    },
  };
}

test('shards without a node are explained once that has lasted, in the words of Elasticsearch', async () => {
  const { http, at } = begin();
  expect(await at(0)).toEqual({});
  expect(await at(29)).toEqual({});
  expect(http.count(EXPLAIN_PATH)).toBe(0);
  expect(await at(30)).toEqual({
    explanation:
      'replica of shard 3 of index "orders" has no node since NODE_LEFT: Elasticsearch isn\'t allowed to allocate this shard to any of the nodes in the cluster; disk_threshold: the node is above the high watermark; same_shard: a copy of this shard is already allocated to this node',
  });
});

test('it is asked at most once a minute, and forgotten when all have a node', async () => {
  const { http, at } = begin();
  await at(0);
  for (const second of [30, 32, 60, 89]) expect(await at(second)).toHaveProperty('explanation');
  expect(http.count(EXPLAIN_PATH)).toBe(1);
  await at(90);
  expect(http.count(EXPLAIN_PATH)).toBe(2);
  expect(await at(92, WELL)).toEqual({});
  expect(await at(94), 'the patience begins anew').toEqual({});
});

test('a health that timed out changes nothing of what is known', async () => {
  const { at } = begin();
  await at(0);
  await at(30);
  expect(await at(40, { ...WELL, timed_out: true })).toHaveProperty('explanation');
});

test.each([
  ['an error', undefined],
  ['another shape', { index: 7 }],
  ['no answer', new PilotError('DatabaseTimeout', 'too late')],
])('what cannot be learnt is absent and spoils nothing: %s', async (_name, answer) => {
  const { http, at } = begin();
  http.explain = answer;
  http.disk = answer;
  await at(0);
  expect(await at(30)).toEqual({});
});

test('an explanation of any length fits into a condition', async () => {
  const { http, at } = begin();
  http.explain = { ...EXPLAINED, allocate_explanation: 'x '.repeat(5000) };
  await at(0);
  expect((await at(30)).explanation).toHaveLength(500);
});

test('disks that run full are told with their nodes, also while all is Green; once a minute', async () => {
  const { http, at } = begin();
  expect(await at(0, WELL)).toEqual({});
  http.disk = DISK;
  expect(await at(30, WELL)).toEqual({});
  expect(await at(60, WELL)).toEqual({
    disk: '1 node with roles: [data] is out of disk or running low on disk space (es-demo-mixed-1)',
  });
  expect(http.count(DISK_PATH)).toBe(2);
});
