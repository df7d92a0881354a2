import type { DatabaseContext } from '../database.ts';
import { COPIES, type EsCluster, isData, type Shard, startedCopies } from './model.ts';
import { dataNodes, excludedNodes, isNarrowed, isHeld, isSteadied } from './orders.ts';

const NAMES = ['a', 'b'];
/** `index.unassigned.node_left.delayed_timeout`. */
const REALLOCATE_MS = 60_000;
const RECOVER_MS = [2000, 6000] as const;

/** What the master does with copies of shards: they are allocated, go away with their nodes, and recover. */
export class Shards {
  readonly #context: DatabaseContext;
  readonly #changed: () => void;

  constructor(context: DatabaseContext, changed: () => void) {
    this.#context = context;
    this.#changed = changed;
  }

  /** Every copy gets a place, as far as there are nodes for it. */
  allocate(cluster: EsCluster): void {
    const data = dataNodes(cluster);
    if (cluster.shards.length === 0 && data.length > 0) cluster.shards.push(...NAMES.map((name) => newShard(name)));
    for (const [index, shard] of cluster.shards.entries())
      this.#allocateOne(cluster, shard, [...data.slice(index), ...data.slice(0, index)]);
    if (isNarrowed(cluster)) return;
    const excluded = excludedNodes(cluster);
    // A copy that came back on such a node is built elsewhere, if there is one to build it from.
    for (const shard of cluster.shards)
      for (const [id, state] of shard.copies)
        if (state === 'away' && excluded.has(id) && startedCopies(shard) > 0) shard.copies.delete(id);
    for (const shard of cluster.shards) this.#moveAway(cluster, shard, { excluded, data });
    this.#rebalance(cluster, data);
  }

  /** A node with two copies more than another gives it one. */
  #rebalance(cluster: EsCluster, data: readonly string[]): void {
    if (isSteadied(cluster) || cluster.shards.some(({ moves }) => moves.size > 0) || data.length === 0) return;
    const held = (id: string): Shard[] => cluster.shards.filter(({ copies }) => copies.has(id));
    const byLoad = data.toSorted((a, b) => held(a).length - held(b).length);
    const [least = '', most = ''] = [byLoad[0], byLoad.at(-1)];
    const shard = held(most).find(({ copies }) => copies.get(most) === 'started' && !copies.has(least));
    if (shard === undefined || held(most).length - held(least).length < 2) return;
    shard.moves.set(least, most);
    this.#recover(cluster, shard, least);
  }

  /** A copy on a node that shall hold none is built on another one, and goes when that one serves. */
  #moveAway(
    cluster: EsCluster,
    shard: Shard,
    { excluded, data }: { readonly excluded: ReadonlySet<string>; readonly data: readonly string[] },
  ): void {
    for (const [source, state] of shard.copies) {
      if (!excluded.has(source) || state !== 'started' || [...shard.moves.values()].includes(source)) continue;
      const target = data.find((id) => !shard.copies.has(id));
      if (target === undefined) return;
      shard.moves.set(target, source);
      this.#recover(cluster, shard, target);
    }
  }

  /** A node has left: its copies are away, and after a minute they are made anew on another node. */
  left(cluster: EsCluster, nodeId: string): void {
    for (const shard of cluster.shards) {
      if (!shard.copies.has(nodeId)) continue;
      for (const [target, source] of shard.moves) if (target === nodeId || source === nodeId) cancelMove(shard, target);
      if (!shard.copies.has(nodeId)) continue;
      shard.copies.set(nodeId, 'away');
      if (startedCopies(shard) > 0) shard.inSync.delete(nodeId);
    }
    this.#context.clock.setTimeout(() => this.#reallocate(cluster, nodeId), REALLOCATE_MS);
  }

  #allocateOne(cluster: EsCluster, shard: Shard, data: readonly string[]): void {
    const back = [...shard.copies].flatMap(([id, state]) => (state === 'away' && cluster.members.has(id) ? [id] : []));
    // A primary first, whoever came back, also where no shard shall be (canForceAllocatePrimary): the others recover from it.
    const mayReturn = startedCopies(shard) === 0 && !isHeld(cluster);
    const primary = mayReturn ? back.find((id) => shard.inSync.has(id)) : undefined;
    if (primary !== undefined) shard.copies.set(primary, 'started');
    if (startedCopies(shard) > 0 && !isNarrowed(cluster))
      for (const id of back) if (id !== primary && data.includes(id)) this.#recover(cluster, shard, id);
    for (const id of data) {
      if (shard.copies.size - shard.moves.size >= COPIES) return;
      if (shard.copies.has(id)) continue;
      if (shard.inSync.size === 0) {
        if (isHeld(cluster)) return;
        shard.copies.set(id, 'started');
        shard.inSync.add(id);
      } else if (startedCopies(shard) > 0 && !isNarrowed(cluster)) this.#recover(cluster, shard, id);
    }
  }

  #recover(cluster: EsCluster, shard: Shard, id: string): void {
    shard.copies.set(id, 'recovering');
    const process = cluster.members.get(id);
    this.#context.clock.setTimeout(
      () => {
        if (cluster.members.get(id) !== process || shard.copies.get(id) !== 'recovering') return;
        // Without a copy to recover from it waits for its next chance.
        if (startedCopies(shard) === 0) {
          if (!cancelMove(shard, id)) shard.copies.set(id, 'away');
        } else {
          shard.copies.set(id, 'started');
          shard.inSync.add(id);
          finishMove(shard, id);
        }
        this.#changed();
      },
      this.#context.random.int(...RECOVER_MS),
    );
  }

  #reallocate(cluster: EsCluster, id: string): void {
    if (cluster.members.has(id)) return;
    if (isNarrowed(cluster)) {
      this.#context.clock.setTimeout(() => this.#reallocate(cluster, id), REALLOCATE_MS);
      return;
    }
    for (const shard of cluster.shards) {
      const other = [...cluster.members.values()].some((process) => !shard.copies.has(process.volume.nodeId) && isData(process));
      if (shard.copies.get(id) === 'away' && other && startedCopies(shard) > 0) shard.copies.delete(id);
    }
    this.#changed();
  }
}

/** Green, or Yellow for want of nodes; undefined while a copy is still to come or to go. */
export function restingHealth(cluster: EsCluster): 'Green' | 'Yellow' | undefined {
  const nodes = [...cluster.members.values()].filter(isData).length;
  const isComplete = cluster.shards.every(
    (shard) => startedCopies(shard) === Math.min(COPIES, nodes) && startedCopies(shard) === shard.copies.size,
  );
  if (!isComplete || cluster.shards.length === 0) return undefined;
  return nodes < COPIES ? 'Yellow' : 'Green';
}

function newShard(name: string): Shard {
  return { name, copies: new Map(), moves: new Map(), inSync: new Set() };
}

/** The copy stays where it was. Returns false when none was moved there. */
function cancelMove(shard: Shard, target: string): boolean {
  if (!shard.moves.delete(target)) return false;
  shard.copies.delete(target);
  shard.inSync.delete(target);
  return true;
}

function finishMove(shard: Shard, target: string): void {
  const source = shard.moves.get(target);
  if (source === undefined) return;
  shard.moves.delete(target);
  shard.copies.delete(source);
  shard.inSync.delete(source);
}
