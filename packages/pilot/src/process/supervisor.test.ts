import { expect, test } from 'vitest';
import { supervise } from './supervisor.ts';

function node(script: string, env: Record<string, string> = {}): Parameters<typeof supervise>[0] {
  return { file: process.execPath, args: ['-e', script], env };
}

function sink(): { chunks: Buffer[]; write(chunk: Buffer): void; text(): string } {
  const chunks: Buffer[] = [];
  return { chunks, write: (chunk) => void chunks.push(chunk), text: () => Buffer.concat(chunks).toString() };
}

test('output is passed on byte by byte, each stream to its own', async () => {
  const [stdout, stderr] = [sink(), sink()];
  const script = `process.stdout.write('a\\u00e4'); process.stdout.write('b\\n'); process.stderr.write('no newline')`;
  const child = await supervise(node(script), { env: process.env, stdout, stderr });
  expect(await child.ended).toEqual({ code: 0, signal: null });
  expect(stdout.text()).toBe('aäb\n');
  expect(stderr.text()).toBe('no newline');
  expect(child.lastLines.lines.toSorted()).toEqual(['aäb', 'no newline']);
});

test('the engine adds to the environment; what is only for the pilot is not passed on', async () => {
  const stdout = sink();
  const env = { ...process.env, MALLOC_ARENA_MAX: '1', KEPT: 'yes' };
  const script = `console.log(process.env.MALLOC_ARENA_MAX, process.env.KEPT, process.env.ADDED)`;
  const child = await supervise(node(script, { ADDED: 'too' }), { env, stdout, stderr: sink() });
  await child.ended;
  expect(stdout.text()).toBe('undefined yes too\n');
});

test('an end by signal is told as one; later signals are no errors', async () => {
  const child = await supervise(node('setInterval(() => {}, 1000)'), { env: process.env, stdout: sink(), stderr: sink() });
  child.signal('SIGKILL');
  expect(await child.ended).toEqual({ code: null, signal: 'SIGKILL' });
  child.signal('SIGTERM');
});

test('a grandchild that holds the pipe does not hold up the end', async () => {
  const script = `require('node:child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 30000); process.on("SIGTERM", process.exit)'], { stdio: 'inherit', detached: true }).unref(); console.log('gone')`;
  const child = await supervise(node(script), { env: process.env, stdout: sink(), stderr: sink() });
  const startedAt = performance.now();
  await child.ended;
  expect(performance.now() - startedAt).toBeLessThan(8000);
  expect(child.lastLines.lines).toEqual(['gone']);
});

test('a file that cannot be executed is an error of its own', async () => {
  const missing = { file: '/nonexistent/entrypoint', args: [], env: {} };
  const starting = supervise(missing, { env: {}, stdout: sink(), stderr: sink() });
  await expect(starting).rejects.toMatchObject({ code: 'ProcessNotStarted' });
});
