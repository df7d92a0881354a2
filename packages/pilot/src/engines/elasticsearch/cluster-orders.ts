import type { ClusterOrders, ClusterView } from '@navigator/api-types';
import { messageOf } from '../../errors.ts';
import {
  acknowledgedSchema,
  type CoordinationAnswer,
  COORDINATION_PATH,
  coordinationSchema,
  type LocalState,
  SETTINGS_PATH,
  settingsSchema,
  UPDATE_SETTINGS_PATH,
} from './answers.ts';
import { type OwnSettings, readSettings, settingsChange } from './cluster-settings.ts';
import type { LocalHttp } from './http.ts';
import { changeStopping, processesOf, stillStopping } from './stopping.ts';
import { canBeTaken, isExcluded, isOneOf, nextVoteCall, stuckExclusions, votelessNow } from './voting.ts';

/**
 * How often a cluster in which nothing is ordered is looked at for what an earlier life may have left, in ms. Right after a full
 * restart Elasticsearch shows no settings yet, so one look is not enough.
 */
const CLEAN_CHECK_MS = 4000;

/**
 * How long new indices wait for a process that stops, in ms, from when it is seen. Elasticsearch closes its HTTP port first and waits
 * for the requests in hand as long as they take (`http.shutdown_grace_period`); to make an index may be one of them.
 */
const HOLD_LIMIT_MS = 5000;

/** What a look may spend on orders, in ms: a master that is slow to agree must not keep its node from being looked at. */
const ORDERS_TIMEOUT_MS = 2500;

/**
 * How long allocation stays narrowed for a node that is away, in ms. The controller withdraws the order after as long; it may be away
 * itself, and copies come before speed.
 */
const AWAY_LIMIT_MS = 600_000;

const NOTHING: ClusterOrders = { emptied: [], voteless: [], restarting: [] };

/** What a look at the orders gave. */
export interface OrdersInForce {
  readonly orders: NonNullable<ClusterView['orders']>;
  /** Ids of the nodes whose votes count; undefined when nothing about votes was asked. */
  readonly voters?: readonly string[];
}

interface Look {
  /** The orders as the API server has them now; undefined when the pilot does not know. */
  readonly orders: ClusterOrders;
  readonly state: LocalState;
  readonly signal: AbortSignal;
}

/**
 * Carries out the orders for the whole cluster, at each look of the elected master's pilot: what is wanted is compared with what
 * the cluster has. Nothing is remembered that matters, so the next master's pilot goes on, and a crash anywhere does no harm.
 */
export class ClusterOrdersKeeper {
  readonly #http: LocalHttp;
  readonly #monotonic: () => number;
  /** When nothing of ours was found, and among whom: a process that goes may leave something. */
  #clean: Seen | undefined;
  /** The same of processes that stop, for a pilot that does not know its orders. */
  #tidy: Seen | undefined;
  /** Since when each process that stops has been seen. */
  #stoppingSince: ReadonlyMap<string, number> = new Map();
  /** Since when each node that restarts has been seen away. */
  #awaySince: ReadonlyMap<string, number> = new Map();
  /** Nodes that held no copy at the last look, with the order to be empty in force. */
  #empty: ReadonlySet<string> = new Set();
  /** Nodes that we said we take the votes of, while the last look found no exclusion of theirs. */
  #unfound: readonly string[] = [];
  /** Why the look before failed. */
  #failed: string | undefined;

  constructor(http: LocalHttp, monotonic: () => number) {
    this.#http = http;
    this.#monotonic = monotonic;
  }

  /** This node does not lead, or its orders are not known: whatever was seen may change without us. */
  forget(): void {
    this.#clean = undefined;
    this.#empty = new Set();
    this.#unfound = [];
    this.#failed = undefined;
  }

  /** The nodes that held no copy of a shard when they were just looked at. */
  foundEmpty(names: readonly string[]): void {
    this.#empty = new Set(names);
  }

  /** Does what is to be done and tells what is in force. A failure is told as a problem: nothing is in force then. */
  async carryOut(orders: ClusterOrders | undefined, state: LocalState, signal: AbortSignal): Promise<OrdersInForce> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(ORDERS_TIMEOUT_MS)]);
    try {
      return this.#withLastFailure(await this.#carryOut({ orders: orders ?? NOTHING, state, signal: limit }));
    } catch (error) {
      if (signal.aborted) throw error;
      this.forget();
      this.#failed = messageOf(error).slice(0, 500);
      return { orders: { ...NOTHING, problem: this.#failed } };
    }
  }

  /**
   * A call that fails at each try is made at every other look only: what has to be known before it was forgotten with its failure.
   * Its cause is told at the look between, too, so that the status does not come and go.
   */
  #withLastFailure(inForce: OrdersInForce): OrdersInForce {
    const failed = this.#failed;
    this.#failed = undefined;
    return failed === undefined ? inForce : { ...inForce, orders: { problem: failed, ...inForce.orders } };
  }

  /**
   * The orders are not known, and nothing of theirs is touched. What a process that stopped has left is lifted all the same: until
   * then no index gets its first copy, nor any its first one back after a full restart.
   */
  async tidy(state: LocalState, signal: AbortSignal): Promise<void> {
    if (this.#isRecent(this.#tidy, state)) return;
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(ORDERS_TIMEOUT_MS)]);
      await changeStopping(this.#http, (stopping) => this.#stillHeld(stopping, state), limit);
      this.#tidy = this.#stoppingSince.size === 0 ? this.#seen(state) : undefined;
    } catch (error) {
      if (signal.aborted) throw error;
    }
  }

  #seen(state: LocalState): Seen {
    return { atMs: this.#monotonic(), processes: processesOf(state).join() };
  }

  #isRecent(seen: Seen | undefined, state: LocalState): boolean {
    return seen?.processes === processesOf(state).join() && this.#monotonic() - seen.atMs < CLEAN_CHECK_MS;
  }

  async #carryOut(look: Look): Promise<OrdersInForce> {
    const isIdle = Object.values(look.orders).every((names) => names.length === 0);
    if (isIdle && this.#isRecent(this.#clean, look.state)) return { orders: NOTHING };
    const members = new Map(Object.entries(look.state.nodes).map(([id, { name }]) => [name, id]));
    const before = await this.#coordination(look.signal);
    const wanted = this.#votesToTake(look.orders, { members, coordination: before });
    const settings = await this.#settle(look, { members, wanted, coordination: before });
    const coordination = await this.#vote(look, { members, wanted, ours: settings.voteless, coordination: before });
    const isClean = isIdle && !settings.hasMarks && this.#unfound.length === 0;
    this.#clean = isClean ? this.#seen(look.state) : undefined;
    const hidden = look.orders.emptied.length === 0 ? undefined : settings.problem;
    const problem = hidden ?? stuckExclusions({ members, wanted, ours: settings.voteless, coordination });
    return {
      orders: {
        emptied: look.orders.emptied.filter((name) => settings.emptied.includes(name)),
        voteless: [...votelessNow({ coordination, wanted, members })],
        restarting: settings.narrowed ? look.orders.restarting : [],
        ...(problem === undefined ? {} : { problem }),
      },
      ...(isIdle ? {} : { voters: coordination.last_committed_config }),
    };
  }

  /** A node that shall give up both keeps its vote until its data is gone: that may take hours. One that is taken stays so. */
  #votesToTake({ emptied, voteless }: ClusterOrders, votes: Omit<Votes, 'wanted'>): readonly string[] {
    return voteless.filter((name) => !emptied.includes(name) || this.#empty.has(name) || isExcluded(votes, name));
  }

  async #settle(look: Look, votes: Votes): Promise<OwnSettings> {
    const { signal, orders } = look;
    const answer = await this.#http.send({ method: 'GET', path: SETTINGS_PATH, signal }, settingsSchema);
    const kept = this.#marksToKeep(readSettings(answer).voteless, votes.coordination);
    const change = settingsChange(answer, {
      emptied: orders.emptied,
      voteless: [...new Set([...kept, ...votes.wanted.filter((node) => canBeTaken(votes, node))])],
      away: this.#stillAwaited(orders.restarting.filter((name) => !votes.members.has(name))),
      stopping: this.#stillHeld(readSettings(answer).stopping, look.state),
    });
    if (change === undefined) return readSettings(answer);
    const body = { persistent: change };
    await this.#http.send({ method: 'PUT', path: UPDATE_SETTINGS_PATH, body, signal }, acknowledgedSchema);
    return readSettings(await this.#http.send({ method: 'GET', path: SETTINGS_PATH, signal }, settingsSchema));
  }

  /** For whom new indices go on to wait. */
  #stillHeld(stopping: readonly string[], state: LocalState): readonly string[] {
    this.#stoppingSince = this.#since(stillStopping(stopping, state), this.#stoppingSince);
    return this.#youngerThan(HOLD_LIMIT_MS, this.#stoppingSince);
  }

  #stillAwaited(away: readonly string[]): readonly string[] {
    this.#awaySince = this.#since(away, this.#awaySince);
    return this.#youngerThan(AWAY_LIMIT_MS, this.#awaySince);
  }

  #since(present: readonly string[], before: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
    const nowMs = this.#monotonic();
    return new Map(present.map((name) => [name, before.get(name) ?? nowMs]));
  }

  #youngerThan(limitMs: number, since: ReadonlyMap<string, number>): readonly string[] {
    const nowMs = this.#monotonic();
    return [...since].filter(([, atMs]) => nowMs - atMs < limitMs).map(([name]) => name);
  }

  /**
   * A call that took long may exclude a node after the look that made it, and after its order was taken back: what is ours stays
   * written down until two looks have found no exclusion, and one that comes even after that is still known for ours.
   */
  #marksToKeep(marks: readonly string[], { voting_config_exclusions: excluded }: CoordinationAnswer): readonly string[] {
    const isFound = (node: string): boolean => excluded.some((exclusion) => isOneOf(exclusion, [node]));
    const before = this.#unfound;
    this.#unfound = marks.filter((node) => !isFound(node));
    return [...marks, ...before].filter((node) => isFound(node) || !before.includes(node));
  }

  async #vote({ signal }: Look, votes: Votes & { readonly ours: readonly string[] }): Promise<CoordinationAnswer> {
    const call = nextVoteCall(votes);
    if (call === undefined) return await this.#coordination(signal);
    await this.#http.order({ ...call, signal });
    return await this.#coordination(signal);
  }

  async #coordination(signal: AbortSignal): Promise<CoordinationAnswer> {
    const { metadata } = await this.#http.send({ method: 'GET', path: COORDINATION_PATH, signal }, coordinationSchema);
    return metadata.cluster_coordination;
  }
}

interface Seen {
  readonly atMs: number;
  readonly processes: string;
}

interface Votes {
  readonly members: ReadonlyMap<string, string>;
  readonly wanted: readonly string[];
  readonly coordination: CoordinationAnswer;
}
