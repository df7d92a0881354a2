import { expect, test } from 'vitest';
import { run, succeeds } from './run.ts';

test('gives what a program wrote', async () => {
  expect(await run('sh', ['-c', 'cat; echo err >&2'], { input: 'in' })).toEqual({ stdout: 'in', stderr: 'err\n' });
});

test('a failure names the program, the exit code and the last lines', async () => {
  const failing = run('sh', ['-c', 'echo broken >&2; exit 3']);
  await expect(failing).rejects.toMatchObject({ code: 'RunFailed', exitCode: 3 });
  await expect(failing).rejects.toThrow(/exited with 3: broken/);
});

test('a program that does not exist is a failure', async () => {
  expect(await succeeds('no-such-program', [])).toBe(false);
});

test('past its deadline a program and its children are killed', async () => {
  const before = Date.now();
  // The child holds the pipe open: without killing the group this would last 30 s.
  await expect(run('sh', ['-c', 'sleep 30 & wait'], { deadlineMs: 100 })).rejects.toThrow('stopped after 0.1 s');
  expect(Date.now() - before).toBeLessThan(5000);
});
