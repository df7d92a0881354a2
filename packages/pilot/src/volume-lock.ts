import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { Logger } from '@navigator/kube';

const SOCKET = /^\.navigator-[0-9a-f]{8}\.sock$/;

/**
 * One pilot at a time on a volume. A pod that is deleted by force is replaced while its container still drains, and on the same
 * machine ReadWriteOnce lets both mount the volume: two Cassandras would write one commit log, for Cassandra takes no lock.
 *
 * The lock is a socket on the volume: it can be connected to from every container of this machine that has the volume, as long
 * as the process that listens on it lives, and never longer. Each pilot listens first and then looks for others, so of two
 * that come at once none believes to be alone. Other machines are kept out by ReadWriteOnce itself.
 */
export class VolumeLock implements AsyncDisposable {
  readonly #folder: string;
  readonly #log: Logger;
  #server: Server | undefined;

  constructor(folder: string, log: Logger) {
    this.#folder = folder;
    this.#log = log;
  }

  /** Takes the volume, or says who has it. Free when it is taken already. */
  async take(signal: AbortSignal): Promise<string | undefined> {
    if (this.#server !== undefined) return undefined;
    const name = `.navigator-${randomBytes(4).toString('hex')}.sock`;
    try {
      this.#server = await listen(join(this.#folder, name));
    } catch (error) {
      // Some file systems know no sockets: then all is as it would be without a lock.
      this.#log.warn({ err: error }, 'the volume cannot be locked');
      return undefined;
    }
    try {
      const other = await this.#findOther(name, signal);
      if (other === undefined) return undefined;
      await this[Symbol.asyncDispose]();
      return `another pod on this machine still runs on the volume (${other}): it must end first`;
    } catch (error) {
      // Nobody was asked, so nothing is taken: the next try begins anew.
      await this[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #findOther(own: string, signal: AbortSignal): Promise<string | undefined> {
    for (const other of (await readdir(this.#folder)).filter((entry) => SOCKET.test(entry) && entry !== own)) {
      const path = join(this.#folder, other);
      if (!(await isAbandoned(path, signal))) return other;
      await rm(path, { force: true });
    }
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = Promise.withResolvers<void>();
    if (this.#server === undefined) return;
    this.#server.close(() => closed.resolve());
    this.#server = undefined;
    await closed.promise;
  }
}

async function listen(path: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(path, () => resolve());
  await promise;
  return server;
}

/** Only a refusal proves that nobody listens. What cannot be asked (a right that is missing) counts as somebody. */
async function isAbandoned(path: string, signal: AbortSignal): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const socket = createConnection(path);
  const abort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
  signal.addEventListener('abort', abort, { once: true });
  socket.once('connect', () => resolve(false));
  socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED' || error.code === 'ENOENT'));
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}
