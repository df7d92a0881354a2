import type { RoutingAnswer } from './answers.ts';

/** A shard that shall have several copies and has one good one. */
export interface SoleCopy {
  /** Id of the node that has it. */
  readonly node: string;
  /** Whether another copy is being built, so that it will soon not be the only one. */
  readonly isRecovering: boolean;
}

/** Good: in sync and able to take over. The source of a move is, until the move is done. */
const GOOD: ReadonlySet<string> = new Set(['STARTED', 'RELOCATING']);

/**
 * Shards whose only good copy would go with its node. An index without replicas is meant to have no second one. One without any
 * good copy has its first one in the making where that is.
 */
export function soleCopies({ routing_table: { indices } }: RoutingAnswer): readonly SoleCopy[] {
  return Object.values(indices)
    .flatMap(({ shards }) => Object.values(shards))
    .flatMap((copies) => {
      const good = copies.filter(({ state }) => GOOD.has(state));
      const [first, second] = good.length > 0 ? good : copies.filter(({ state }) => state === 'INITIALIZING');
      if (first === undefined || second !== undefined || copies.length < 2 || typeof first.node !== 'string') return [];
      return [{ node: first.node, isRecovering: copies.some(({ state }) => state === 'INITIALIZING') }];
    });
}

/** How many of them each node has. */
export function countByNode(copies: readonly SoleCopy[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { node } of copies) counts.set(node, (counts.get(node) ?? 0) + 1);
  return counts;
}

/** Copies of shards by node, at both ends of a move: a node that has none holds no data, and none is on its way to it. */
export function copiesByNode({ routing_table: { indices } }: RoutingAnswer): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const add = (id: string | null | undefined): void => {
    if (typeof id === 'string') counts.set(id, (counts.get(id) ?? 0) + 1);
  };
  for (const { node, relocating_node } of allCopies(indices)) {
    add(node);
    add(relocating_node);
  }
  return counts;
}

/**
 * Shards by node of which no other node has a good copy, replicas asked for or not: what would be lost with the node's volume. One
 * that is just moving to the node will have left the other end when the move is done: an exclusion stops no move that has begun.
 */
export function unsharedByNode({ routing_table: { indices } }: RoutingAnswer): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const copies of Object.values(indices).flatMap(({ shards }) => Object.values(shards))) {
    const holders = new Set(
      copies.flatMap(({ node, relocating_node }) => [node, relocating_node].filter((id) => typeof id === 'string')),
    );
    for (const id of holders) {
      const isShared = copies.some(
        ({ node, state, relocating_node }) => GOOD.has(state) && node !== id && relocating_node !== id,
      );
      if (!isShared) counts.set(id, (counts.get(id) ?? 0) + 1);
    }
  }
  return counts;
}

/** Copies that serve. */
export function countActive({ routing_table: { indices } }: RoutingAnswer): number {
  return allCopies(indices).filter(({ state }) => GOOD.has(state)).length;
}

/** Copies that no node has. */
export function countUnassigned({ routing_table: { indices } }: RoutingAnswer): number {
  return allCopies(indices).filter(({ state }) => state === 'UNASSIGNED').length;
}

type Indices = RoutingAnswer['routing_table']['indices'];

function allCopies(indices: Indices): Indices[string]['shards'][string] {
  return Object.values(indices).flatMap(({ shards }) => Object.values(shards).flat());
}
