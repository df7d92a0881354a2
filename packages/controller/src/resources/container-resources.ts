import type { NodePoolBase } from '../snapshot.ts';
import type { Container } from './pod-types.ts';
import { canonicalQuantity } from './quantity.ts';

/** A request that is not given follows the limit, so that the node is not the first to be evicted. */
export function buildResources({ resources }: NodePoolBase): NonNullable<Container['resources']> {
  const { requests, limits } = resources;
  return {
    requests: quantities({ cpu: requests.cpu, memory: requests.memory ?? limits.memory }),
    limits: quantities({ cpu: limits.cpu, memory: limits.memory }),
  };
}

function quantities(given: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).flatMap(([key, value]) => (value === undefined ? [] : [[key, canonicalQuantity(value)]])),
  );
}
