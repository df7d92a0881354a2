import { expect, test } from 'vitest';
import { connectJmx } from './jmx.ts';
import { readNodeFacts, readOperationMode, STORAGE_SERVICE } from './storage-service.ts';
import { startAgent } from './testing/answers.ts';

const soon = (): AbortSignal => AbortSignal.timeout(5000);
const ok = (value: unknown): string => JSON.stringify([{ status: 200, value }]);

test('a JVM that does not listen is unavailable', async () => {
  const gone = await startAgent(() => null);
  const { jmx } = gone;
  await gone[Symbol.asyncDispose]();
  await expect(jmx.ask([], soon())).rejects.toMatchObject({ code: 'JmxUnavailable', retryable: true });
});

test('a JVM that does not answer in time is not gone: the deadline is what is told', async () => {
  await using agent = await startAgent(() => null);
  const deadline = new AbortController();
  const asked = agent.jmx.ask([], deadline.signal);
  deadline.abort(new Error('too late'));
  await expect(asked).rejects.toThrow('too late');
});

test('an answer that is cut off proves nothing', async () => {
  await using agent = await startAgent(() => null);
  const asked = agent.jmx.ask([], soon()).catch((error: unknown) => error);
  await expect.poll(() => agent.asked).toHaveLength(1);
  await agent[Symbol.asyncDispose]();
  expect(await asked).toMatchObject({ code: 'JmxAnswerUnknown' });
});

test.each([
  ['no JSON', '<html>'],
  ['no list', '{"status":500}'],
  ['fewer answers than questions', '[]'],
])('%s is not an answer', async (_name, text) => {
  await using agent = await startAgent(() => text);
  await expect(readOperationMode(agent.jmx, soon())).rejects.toMatchObject({ code: 'JmxAnswerUnknown' });
});

test('an answer that would not fit into memory is not read to its end', async () => {
  await using agent = await startAgent(() => ok('x'.repeat(4 * 1024 * 1024)));
  await expect(readOperationMode(agent.jmx, soon())).rejects.toMatchObject({ code: 'JmxAnswerUnknown' });
});

test('an attribute that fails leaves the others', async () => {
  const value = { OperationMode: 'STARTING', LocalHostId: 'ERROR: NullPointerException', LiveNodes: 'ERROR: x' };
  const answers = [
    { status: 200, value },
    { status: 404, error: 'InstanceNotFoundException' },
    { status: 200, value: 7 },
  ];
  await using agent = await startAgent(() => JSON.stringify(answers));
  expect(await readNodeFacts(agent.jmx, soon())).toEqual({ service: { OperationMode: 'STARTING' } });
  expect(agent.asked[0]).toContain('"ignoreErrors":true');
});

test('an error text is not a mode', async () => {
  await using agent = await startAgent(() => ok('ERROR: java.lang.NullPointerException'));
  expect(await readOperationMode(agent.jmx, soon())).toBeUndefined();
});

test('an operation that throws says why', async () => {
  await using agent = await startAgent(() => JSON.stringify([{ status: 500, error: 'java.io.IOException : disk full' }]));
  await expect(agent.jmx.call(STORAGE_SERVICE, 'drain', soon())).rejects.toMatchObject({
    code: 'JmxCallFailed',
    message: 'drain: java.io.IOException : disk full',
  });
});

test('nothing is asked before the first question', () => {
  expect(() => connectJmx(1)).not.toThrow();
});
