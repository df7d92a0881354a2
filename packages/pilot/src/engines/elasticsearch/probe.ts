import type { PilotStatus } from '@navigator/api-types';
import { PilotError } from '../../errors.ts';
import type { Observation } from '../engine.ts';
import {
  HEALTH_PATH,
  healthSchema,
  LOCAL_NODE_PATH,
  type LocalState,
  localNodeSchema,
  ROUTING_PATH,
  routingSchema,
  STATE_PATH,
  STATS_PATH,
  stateSchema,
  statsSchema,
} from './answers.ts';
import { countByNode, soleCopies } from './copies.ts';
import type { LocalHttp } from './http.ts';
import { buildView, clusterIdOf, dataOf } from './view.ts';

/** Statistics walk over every shard of the node: not at every look. */
const STATS_INTERVAL_MS = 10_000;

interface LocalNode {
  readonly id: string;
  readonly version: string;
  readonly address: string | undefined;
}

/** Looks at one Elasticsearch process through its HTTP port on loopback. */
export class Probe {
  readonly #http: LocalHttp;
  readonly #monotonic: () => number;
  #node: LocalNode | undefined;
  #data: { readonly atMs: number; readonly data: PilotStatus['data'] } | undefined;
  #hasFormed = false;

  constructor(http: LocalHttp, monotonic: () => number = () => performance.now()) {
    this.#http = http;
    this.#monotonic = monotonic;
  }

  /** Elasticsearch's id of this node, once a look has seen it. */
  get nodeId(): string | undefined {
    return this.#node?.id;
  }

  /** A look has seen this node in a cluster that has its identity. */
  get hasFormed(): boolean {
    return this.#hasFormed;
  }

  /** One look. @throws PilotError when Elasticsearch listens but does not answer as it should, or not in time. */
  async observe(signal: AbortSignal): Promise<Observation> {
    let node: LocalNode;
    try {
      node = this.#node ??= await this.#localNode(signal);
      return await this.#observeNode(node, signal);
    } catch (error) {
      if (error instanceof PilotError && error.code === 'DatabaseUnreachable')
        return { ready: false, alive: false, message: error.message };
      throw error;
    }
  }

  async #observeNode(node: LocalNode, signal: AbortSignal): Promise<Observation> {
    const state = await this.#http.send({ method: 'GET', path: STATE_PATH, signal }, stateSchema);
    const hasMaster = typeof state.master_node === 'string' && state.nodes[node.id] !== undefined;
    this.#hasFormed ||= hasMaster && clusterIdOf(state) !== undefined;
    const data = hasMaster ? await this.#currentData(signal) : undefined;
    const view = hasMaster && state.master_node === node.id ? await this.#view(state, signal) : undefined;
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
    const [id, { version, transport_address: address }] = entry;
    return { id, version, address };
  }

  async #view(state: LocalState, signal: AbortSignal): Promise<Observation['view']> {
    const health = await this.#http.send({ method: 'GET', path: HEALTH_PATH, signal }, healthSchema);
    if (health.status !== 'yellow' || health.timed_out) return buildView(state, health);
    return buildView(state, health, await this.#soleCopies(signal));
  }

  /** Undefined where it cannot be known (tens of thousands of shards are more than a pilot reads): then nobody goes. */
  async #soleCopies(signal: AbortSignal): Promise<ReadonlyMap<string, number> | undefined> {
    try {
      return countByNode(soleCopies(await this.#http.send({ method: 'GET', path: ROUTING_PATH, signal }, routingSchema)));
    } catch (error) {
      if (signal.aborted) throw error;
      return undefined;
    }
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

function identityOf(node: LocalNode, state: LocalState): NonNullable<PilotStatus['identity']> {
  const processId = state.nodes[node.id]?.ephemeral_id;
  return {
    id: node.id,
    ...(processId === undefined ? {} : { processId }),
    ...(node.address === undefined ? {} : { address: node.address }),
  };
}
