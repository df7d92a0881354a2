import { expect, test } from 'vitest';
import { drainNode } from './drain.ts';
import { startAgent } from './testing/answers.ts';

const soon = (): AbortSignal => AbortSignal.timeout(5000);

/** A node with these modes, one for each look; the last one stays. */
function node(...modes: string[]): (body: string) => string {
  const left = [...modes];
  return (body) => {
    if (body.includes('"exec"')) return '[{"status":200,"value":null}]';
    const value = left.length > 1 ? left.shift() : left[0];
    return JSON.stringify([{ status: 200, value }]);
  };
}

function drains(asked: readonly string[]): number {
  return asked.filter((body) => body.includes('"operation":"drain"')).length;
}

test.each([
  ['NORMAL', 1],
  ['LEAVING', 1],
  ['MOVING', 1],
  ['DECOMMISSION_FAILED', 1],
  ['STARTING', 0],
  ['JOINING', 0],
  ['DRAINED', 0],
  ['DECOMMISSIONED', 0],
])('%s is drained %d times', async (mode, times) => {
  await using agent = await startAgent(node(mode));
  await drainNode(agent.jmx, soon());
  expect(drains(agent.asked)).toBe(times);
});

test('a drain that somebody else began is waited for', async () => {
  await using agent = await startAgent(node('DRAINING', 'DRAINING', 'DRAINED'));
  await drainNode(agent.jmx, soon());
  expect(agent.asked).toHaveLength(3);
});

test('a node that is gone needs no drain', async () => {
  const agent = await startAgent(() => null);
  await agent[Symbol.asyncDispose]();
  await expect(drainNode(agent.jmx, soon())).resolves.toBeUndefined();
});

test('the deadline ends it', async () => {
  await using agent = await startAgent((body) => (body.includes('"exec"') ? null : '[{"status":200,"value":"NORMAL"}]'));
  const deadline = new AbortController();
  const drained = drainNode(agent.jmx, deadline.signal);
  await expect.poll(() => drains(agent.asked)).toBe(1);
  deadline.abort(new Error('too late'));
  await expect(drained).rejects.toThrow('too late');
});

test('a drain that fails is told', async () => {
  await using agent = await startAgent((body) =>
    body.includes('"exec"') ? '[{"status":500,"error":"IOException"}]' : '[{"status":200,"value":"NORMAL"}]',
  );
  await expect(drainNode(agent.jmx, soon())).rejects.toMatchObject({ code: 'JmxCallFailed' });
});
