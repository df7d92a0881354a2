import { setTimeout as delay } from 'node:timers/promises';
import { type Program, startProgram } from './process.ts';
import type { RealApi } from './real-api.ts';

/** One replica of the controller, with a name of its own in the audit log. */
export interface Replica {
  readonly user: string;
  readonly program: Program;
}

const REPLICAS = 3;
const START_MS = 60_000;
const POLL_MS = 10;

/** Three replicas of the controller that share a lease and look after one namespace. */
export class Crew implements AsyncDisposable {
  readonly #api: RealApi;
  readonly #namespace: string;
  readonly #users: string[];
  #members: Replica[] = [];

  private constructor(api: RealApi, { namespace, users }: { namespace: string; users: readonly string[] }) {
    this.#api = api;
    this.#namespace = namespace;
    this.#users = [...users];
  }

  /** Starts three; each further one takes the next of the users. */
  static async start(api: RealApi, options: { namespace: string; users: readonly string[] }): Promise<Crew> {
    const crew = new Crew(api, options);
    for (let count = 0; count < REPLICAS; count += 1) await crew.add();
    await crew.leaderAfter(undefined, START_MS);
    return crew;
  }

  /** Starts one more and waits until it could take over at once. */
  async add(): Promise<void> {
    const user = this.#users.shift();
    if (user === undefined) throw new RangeError('no user is left');
    const scope = ['--namespaces', this.#namespace, '--lease-namespace', this.#namespace];
    const program = await startProgram(this.#api, scope, this.#api.server.tokens.get(user));
    this.#members.push({ user, program });
    await program.says('caches are in step');
  }

  /** Takes one off the list, and ends it if it still lives. */
  async remove(user: string): Promise<void> {
    const gone = this.#members.filter((member) => member.user === user);
    this.#members = this.#members.filter((member) => member.user !== user);
    await Promise.all(gone.map(({ program }) => program[Symbol.asyncDispose]()));
  }

  /** The one that leads. @throws Error when there is none. */
  get leader(): Replica {
    const leading = this.#leaders().at(-1);
    if (!leading) throw new Error('nobody leads');
    return leading.replica;
  }

  /** Waits for another leader; `atMs` is when it said so. */
  async leaderAfter(former: Replica | undefined, deadlineMs: number): Promise<{ replica: Replica; atMs: number }> {
    const end = performance.now() + deadlineMs;
    for (;;) {
      const next = this.#leaders().findLast(({ replica }) => replica !== former);
      if (next) return next;
      if (performance.now() > end) throw new Error(`nobody leads within ${deadlineMs} ms`);
      await delay(POLL_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#members.map(({ program }) => program[Symbol.asyncDispose]()));
  }

  #leaders(): { replica: Replica; atMs: number }[] {
    return this.#members
      .flatMap((replica) => {
        const line = replica.program.lines.find(({ message }) => message === 'workers started');
        return line ? [{ replica, atMs: line.atMs }] : [];
      })
      .toSorted((a, b) => a.atMs - b.atMs);
  }
}
