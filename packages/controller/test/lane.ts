import { type KubeObject } from '@navigator/kube';
import type { Random } from '@navigator/kube/testing';
import { Crew, type Replica } from './crew.ts';
import { type Surroundings, until } from './harness.ts';
import type { RealApi } from './real-api.ts';
import { conditionOf, createCluster, eventsOf, KINDS, patchSpec, ready, statusOf } from './scenario.ts';

/** How a leader goes. */
export type Deed = 'SIGKILL' | 'SIGTERM' | 'SIGSTOP';

/** One leader that went, and the one that followed. */
export interface TakeOver {
  readonly deed: Deed;
  readonly user: string;
  /** From the signal until the next one worked. */
  readonly tookMs: number;
  readonly ended: { readonly code: number | null; readonly signal: NodeJS.Signals | null };
  /** Messages of its log. */
  readonly said: readonly string[];
  /** When a frozen one was let go on, after somebody else had led. RFC 3339. */
  readonly resumedAt?: string;
}

export interface LaneOptions {
  readonly api: RealApi;
  readonly namespace: string;
  /** Names for the replicas, one for each that will ever be started. */
  readonly users: readonly string[];
  readonly random: Random;
  readonly signal: AbortSignal;
}

const [elastic] = KINDS;
const TAKE_OVER_MS = 60_000;
/** An update of three nodes takes about so many lines of the leader's log. */
const LINES_OF_AN_ACTION = 9;

/** One crew with one cluster, which is updated to the next version in each round, while its leader goes. */
export class Lane implements AsyncDisposable {
  /** Every version that was asked for, in order. */
  readonly versions: string[] = ['8.15.0'];
  readonly #random: Random;
  readonly #crew: Crew;
  readonly #around: Surroundings;
  readonly #cluster: KubeObject;

  private constructor(parts: { random: Random; crew: Crew; around: Surroundings; cluster: KubeObject }) {
    this.#random = parts.random;
    this.#crew = parts.crew;
    this.#around = parts.around;
    this.#cluster = parts.cluster;
  }

  /** Starts three replicas and waits for a cluster that is Ready. */
  static async start({ api, namespace, users, random, signal }: LaneOptions): Promise<Lane> {
    const around = await api.namespace(namespace, signal);
    const crew = await Crew.start(api, { namespace, users });
    const cluster = await createCluster(around, elastic.resource, { name: 'demo', spec: elastic.spec });
    await ready(around, elastic.resource, 'demo');
    return new Lane({ random, crew, around, cluster });
  }

  /** The leader goes in the middle of an update; the next one does the rest. */
  async round(deed: Deed): Promise<TakeOver> {
    return await (deed === 'SIGSTOP' ? this.#freeze() : this.#end(deed));
  }

  /** What the cluster's events say. */
  async messages(): Promise<readonly string[]> {
    return (await eventsOf(this.#around, this.#cluster)).map(({ message }) => message ?? '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#crew[Symbol.asyncDispose]();
  }

  async #end(deed: 'SIGKILL' | 'SIGTERM'): Promise<TakeOver> {
    const { leader } = this.#crew;
    await this.#nextVersion();
    const atMs = await this.#atSomeMoment(leader, () => leader.program.kill(deed));
    const { tookMs } = await this.#follow(leader, atMs);
    return await this.#settle(leader, { deed, tookMs });
  }

  /** The leader is frozen in the middle of an update, and wakes up in the middle of the next one, which another makes. */
  async #freeze(): Promise<TakeOver> {
    const zombie = this.#crew.leader;
    await this.#nextVersion();
    const atMs = await this.#atSomeMoment(zombie, () => zombie.program.kill('SIGSTOP'));
    const { tookMs, next } = await this.#follow(zombie, atMs);
    await ready(this.#around, elastic.resource, 'demo');
    await this.#nextVersion();
    let resumedAt = '';
    await this.#atSomeMoment(next, () => {
      resumedAt = new Date().toISOString();
      zombie.program.kill('SIGCONT');
    });
    return { ...(await this.#settle(zombie, { deed: 'SIGSTOP', tookMs })), resumedAt };
  }

  /** Once the former leader has ended: three replicas again, and the cluster as it shall be. */
  async #settle({ user, program }: Replica, { deed, tookMs }: { deed: Deed; tookMs: number }): Promise<TakeOver> {
    const ended = await program.ended;
    const said = program.lines.map(({ message }) => message);
    await this.#crew.remove(user);
    await Promise.all([ready(this.#around, elastic.resource, 'demo'), this.#crew.add()]);
    return { deed, user, tookMs, ended, said };
  }

  async #nextVersion(): Promise<void> {
    const version = `8.15.${this.versions.length}`;
    this.versions.push(version);
    await patchSpec(this.#around, elastic.resource, { name: 'demo', spec: { version } });
  }

  /** Acts after some line of the leader's log and a few milliseconds, or when the update is done before. Returns when. */
  async #atSomeMoment(leader: Replica, act: () => void): Promise<number> {
    const [line, afterMs] = [this.#random.int(1, LINES_OF_AN_ACTION), this.#random.int(0, 40)];
    let [count, actedAtMs] = [0, 0];
    const once = (): void => {
      if (actedAtMs > 0) return;
      actedAtMs = performance.now();
      act();
    };
    leader.program.onLine(() => {
      count += 1;
      if (count === line) setTimeout(once, afterMs);
    });
    await until('the moment', this.#around, async () => {
      const status = await statusOf(this.#around, elastic.resource, 'demo');
      return actedAtMs > 0 || conditionOf(status, 'Ready')?.status === 'True';
    });
    once();
    return actedAtMs;
  }

  async #follow(former: Replica, endedAtMs: number): Promise<{ next: Replica; tookMs: number }> {
    const { replica, atMs } = await this.#crew.leaderAfter(former, TAKE_OVER_MS);
    return { next: replica, tookMs: Math.round(atMs - endedAtMs) };
  }
}
