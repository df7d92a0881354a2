// A lock between processes that a crash releases by itself: the program flock(1) holds it for as long as its standard
// input stays open, and the kernel closes that when this process ends, however it ends.
import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The lock was held by another process for too long. */
export class LockError extends Error {
  readonly code = 'LockHeld';
}

/** Runs `work` while holding the lock at `path`. Waits at most `deadlineMs` (default 20 minutes) for it. */
export async function withLock<T>(path: string, work: () => Promise<T>, deadlineMs = 20 * 60_000): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const seconds = String(Math.ceil(deadlineMs / 1000));
  const holder = spawn('flock', ['-w', seconds, path, 'sh', '-c', 'echo held; exec cat >/dev/null'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
  const closed = new Promise<void>((resolve) => holder.once('close', () => resolve()));
  try {
    await new Promise<void>((resolve, reject) => {
      holder.once('error', reject);
      holder.once('close', () => reject(new LockError(`${path} is held by another process`)));
      holder.stdout.once('data', () => resolve());
    });
    return await work();
  } finally {
    holder.stdin.end();
    await closed;
  }
}
