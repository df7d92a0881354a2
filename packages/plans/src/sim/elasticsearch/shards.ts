import type { DatabaseContext } from '../database.ts';
import { COPIES, type EsCluster, isData, type Shard, startedCopies } from './model.ts';

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
    const data = [...cluster.members.values()].filter(isData).map(({ volume }) => volume.nodeId);
    if (cluster.shards.length === 0 && data.length > 0) cluster.shards.push(...NAMES.map((name) => newShard(name)));
    for (const [index, shard] of cluster.shards.entries())
      this.#allocateOne(cluster, shard, [...data.slice(index), ...data.slice(0, index)]);
  }

  /** A node has left: its copies are away, and after a minute they are made anew on another node. */
  left(cluster: EsCluster, nodeId: string): void {
    for (const shard of cluster.shards) {
      if (!shard.copies.has(nodeId)) continue;
      shard.copies.set(nodeId, 'away');
      if (startedCopies(shard) > 0) shard.inSync.delete(nodeId);
    }
    this.#context.clock.setTimeout(() => this.#reallocate(cluster, nodeId), REALLOCATE_MS);
  }

  #allocateOne(cluster: EsCluster, shard: Shard, data: readonly string[]): void {
    for (const [id, state] of shard.copies) {
      if (state !== 'away' || !data.includes(id)) continue;
      if (startedCopies(shard) > 0) this.#recover(cluster, shard, id);
      else if (shard.inSync.has(id)) shard.copies.set(id, 'started');
    }
    for (const id of data) {
      if (shard.copies.size >= COPIES) return;
      if (shard.copies.has(id)) continue;
      if (shard.inSync.size === 0) {
        shard.copies.set(id, 'started');
        shard.inSync.add(id);
      } else if (startedCopies(shard) > 0) this.#recover(cluster, shard, id);
    }
  }

  #recover(cluster: EsCluster, shard: Shard, id: string): void {
    shard.copies.set(id, 'recovering');
    const process = cluster.members.get(id);
    this.#context.clock.setTimeout(
      () => {
        if (cluster.members.get(id) !== process || shard.copies.get(id) !== 'recovering') return;
        // Without a copy to recover from it waits for its next chance.
        if (startedCopies(shard) === 0) shard.copies.set(id, 'away');
        else {
          shard.copies.set(id, 'started');
          shard.inSync.add(id);
        }
        this.#changed();
      },
      this.#context.random.int(...RECOVER_MS),
    );
  }

  #reallocate(cluster: EsCluster, id: string): void {
    if (cluster.members.has(id)) return;
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
  return { name, copies: new Map(), inSync: new Set() };
}
