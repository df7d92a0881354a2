import type { ClusterOrders, PilotSpec, PilotStatus } from '@navigator/api-types';
import { PilotError } from '../../errors.ts';
import type { Observation } from '../engine.ts';
import {
  HEALTH_PATH,
  type HealthAnswer,
  healthSchema,
  LOCAL_NODE_PATH,
  type LocalState,
  localNodeSchema,
  REPLICAS_PATH,
  replicasSchema,
  type RoutingAnswer,
  ROUTING_PATH,
  routingSchema,
  STATE_PATH,
  STATS_PATH,
  stateSchema,
  statsSchema,
} from './answers.ts';
import { ClusterOrdersKeeper } from './cluster-orders.ts';
import { copiesByNode, countActive, countByNode, countUnassigned, soleCopies, unsharedByNode } from './copies.ts';
import { Diagnosis } from './diagnosis.ts';
import type { LocalHttp } from './http.ts';
import { buildView, clusterIdOf, copiesAskedBy, dataOf, type Learnt } from './view.ts';

/** Statistics walk over every shard of the node: not at every look. */
const STATS_INTERVAL_MS = 10_000;
/** How many copies indices ask for is a question about each index. */
const REPLICAS_INTERVAL_MS = 30_000;

interface LocalNode {
  readonly id: string;
  readonly version: string;
  readonly address: string | undefined;
  readonly roles: readonly string[] | undefined;
}

/** Looks at one Elasticsearch process through its HTTP port on loopback. */
export class Probe {
  readonly #http: LocalHttp;
  readonly #monotonic: () => number;
  readonly #keeper: ClusterOrdersKeeper;
  readonly #diagnosis: Diagnosis;
  #node: LocalNode | undefined;
  #replicas: { readonly atMs: number; readonly copiesAsked: number } | undefined;
  #data: { readonly atMs: number; readonly data: PilotStatus['data'] } | undefined;
  #hasFormed = false;

  constructor(http: LocalHttp, monotonic: () => number = () => performance.now()) {
    this.#http = http;
    this.#monotonic = monotonic;
    this.#keeper = new ClusterOrdersKeeper(http, monotonic);
    this.#diagnosis = new Diagnosis(http, monotonic);
  }

  /** Elasticsearch's id of this node, once a look has seen it. */
  get nodeId(): string | undefined {
    return this.#node?.id;
  }

  /** A look has seen this node in a cluster that has its identity. */
  get hasFormed(): boolean {
    return this.#hasFormed;
  }

  /**
   * One look. `spec` is the Pilot's as the API server has it now: the node that leads carries out its orders.
   * @throws PilotError when Elasticsearch listens but does not answer as it should, or not in time.
   */
  async observe(signal: AbortSignal, spec?: PilotSpec): Promise<Observation> {
    let node: LocalNode;
    try {
      node = this.#node ??= await this.#localNode(signal);
      return await this.#observeNode(node, spec, signal);
    } catch (error) {
      if (error instanceof PilotError && error.code === 'DatabaseUnreachable')
        return { ready: false, alive: false, message: error.message };
      throw error;
    }
  }

  async #observeNode(node: LocalNode, spec: PilotSpec | undefined, signal: AbortSignal): Promise<Observation> {
    const state = await this.#http.send({ method: 'GET', path: STATE_PATH, signal }, stateSchema);
    const hasMaster = typeof state.master_node === 'string' && state.nodes[node.id] !== undefined;
    this.#hasFormed ||= hasMaster && clusterIdOf(state) !== undefined;
    const data = hasMaster ? await this.#currentData(signal) : undefined;
    const leads = hasMaster && state.master_node === node.id;
    if (!leads || spec === undefined) this.#keeper.forget();
    const view = leads ? await this.#view(state, spec, signal) : undefined;
    return {
      ready: hasMaster,
      alive: true,
      ...(hasMaster ? {} : { message: 'no master is known to this node' }),
      version: node.version,
      identity: identityOf(node, state),
      ...(data === undefined ? {} : { data }),
      ...(view === undefined ? {} : { view }),
    };
  }

  /** Id and version stay the same as long as the process lives. */
  async #localNode(signal: AbortSignal): Promise<LocalNode> {
    const { nodes } = await this.#http.send({ method: 'GET', path: LOCAL_NODE_PATH, signal }, localNodeSchema);
    const [entry] = Object.entries(nodes);
    if (entry === undefined) throw new PilotError('DatabaseAnswer', 'the node does not know itself yet', { retryable: true });
    const [id, { version, transport_address: address, roles }] = entry;
    return { id, version, address, roles };
  }

  async #view(state: LocalState, spec: PilotSpec | undefined, signal: AbortSignal): Promise<Observation['view']> {
    // Orders first: what is told of shards and votes must not be older than they are.
    if (spec === undefined) await this.#keeper.tidy(state, signal);
    const inForce = spec === undefined ? undefined : await this.#keeper.carryOut(spec.orders, state, signal);
    const copiesAsked = await this.#copiesAsked(signal);
    const health = await this.#http.send({ method: 'GET', path: HEALTH_PATH, signal }, healthSchema);
    // One who loses the lead in the middle of a look says red of itself, since it is blocked as a whole (ClusterStateHealth).
    if (health.status === 'red' && !(await this.#stillLeads(state, signal))) {
      this.#keeper.forget();
      return undefined;
    }
    const emptied = spec?.orders?.emptied ?? [];
    const isYellow = health.status === 'yellow' && !health.timed_out;
    const routing = isYellow || emptied.length > 0 ? await this.#routing(signal) : undefined;
    const copies = routing && learnCopies({ state, health, routing, isYellow, isEmptying: emptied.length > 0 });
    this.#keeper.foundEmpty(inForce === undefined ? [] : emptyOf(state, copies?.copies, inForce.orders));
    const learnt: Learnt = { ...inForce, ...copies, copiesAsked };
    return { ...buildView(state, health, learnt), ...(await this.#diagnosis.look(health, signal)) };
  }

  async #stillLeads(before: LocalState, signal: AbortSignal): Promise<boolean> {
    const state = await this.#http.send({ method: 'GET', path: STATE_PATH, signal }, stateSchema);
    return state.master_node === before.master_node;
  }

  /** Undefined where it cannot be known (tens of thousands of shards are more than a pilot reads): then nobody goes. */
  async #routing(signal: AbortSignal): Promise<RoutingAnswer | undefined> {
    try {
      return await this.#http.send({ method: 'GET', path: ROUTING_PATH, signal }, routingSchema);
    } catch (error) {
      if (signal.aborted) throw error;
      return undefined;
    }
  }

  async #copiesAsked(signal: AbortSignal): Promise<number | undefined> {
    const nowMs = this.#monotonic();
    if (this.#replicas !== undefined && nowMs - this.#replicas.atMs < REPLICAS_INTERVAL_MS) return this.#replicas.copiesAsked;
    this.#replicas = undefined;
    try {
      const indices = await this.#http.send({ method: 'GET', path: REPLICAS_PATH, signal }, replicasSchema);
      this.#replicas = { atMs: nowMs, copiesAsked: copiesAskedBy(indices) };
    } catch (error) {
      if (signal.aborted) throw error;
    }
    return this.#replicas?.copiesAsked;
  }

  /** A failure leaves the amount unknown and does not spoil the rest of the look. */
  async #currentData(signal: AbortSignal): Promise<PilotStatus['data']> {
    const nowMs = this.#monotonic();
    if (this.#data !== undefined && nowMs - this.#data.atMs < STATS_INTERVAL_MS) return this.#data.data;
    this.#data = undefined;
    try {
      const stats = await this.#http.send({ method: 'GET', path: STATS_PATH, signal }, statsSchema);
      this.#data = { atMs: nowMs, data: dataOf(stats) };
    } catch (error) {
      if (signal.aborted) throw error;
    }
    return this.#data?.data;
  }
}

interface Table {
  readonly state: LocalState;
  readonly health: HealthAnswer;
  readonly routing: RoutingAnswer;
  readonly isYellow: boolean;
  readonly isEmptying: boolean;
}

/** What the table of shards tells of nodes that shall be emptied, and of only copies. */
function learnCopies({ state, health, routing, isYellow, isEmptying }: Table): Learnt {
  const isWhole = routing.cluster_uuid === state.cluster_uuid && isOf(routing, health);
  const emptying = { copies: copiesByNode(routing), unshared: unsharedByNode(routing), unassigned: countUnassigned(routing) };
  return {
    ...(isWhole && isEmptying ? emptying : {}),
    ...(isYellow ? { soleCopies: countByNode(soleCopies(routing)) } : {}),
  };
}

function identityOf(node: LocalNode, state: LocalState): NonNullable<PilotStatus['identity']> {
  const processId = state.nodes[node.id]?.ephemeral_id;
  return {
    id: node.id,
    ...(processId === undefined ? {} : { processId }),
    ...(node.address === undefined ? {} : { address: node.address }),
    ...(node.roles === undefined ? {} : { roles: node.roles.toSorted() }),
  };
}

/**
 * Whether the table has as many copies that serve as the health counts: Elasticsearch leaves out of a filtered answer what is
 * empty, so one that is cut short looks like one of a cluster without data. A copy that started in between makes it unknown once.
 */
function isOf(routing: RoutingAnswer, { timed_out, active_shards }: HealthAnswer): boolean {
  return !timed_out && countActive(routing) === active_shards;
}

/** Names of the members that nothing may come to any more and that hold nothing. */
function emptyOf(state: LocalState, copies: Learnt['copies'], { emptied }: Pick<ClusterOrders, 'emptied'>): readonly string[] {
  if (copies === undefined) return [];
  return Object.entries(state.nodes).flatMap(([id, { name }]) => (emptied.includes(name) && !copies.has(id) ? [name] : []));
}
