/** One condition of a status, as the API conventions want it. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  /** CamelCase, never empty. */
  readonly reason: string;
  readonly message: string;
  /** Generation of the spec that this speaks of. */
  readonly observedGeneration?: number;
  /** RFC 3339; changes only when `status` changes. */
  readonly lastTransitionTime: string;
}

/** The list with one condition set; keeps the order, and the old transition time while the status stays the same. */
export function setCondition<C extends Condition>(
  conditions: readonly C[],
  condition: Omit<C, 'lastTransitionTime'>,
  nowMs: number,
): (Omit<C, 'lastTransitionTime'> & { lastTransitionTime: string })[] {
  const old = conditions.find(({ type }) => type === condition.type);
  const stays = old?.status === condition.status;
  const lastTransitionTime = old && stays ? old.lastTransitionTime : new Date(nowMs).toISOString().replace(/\.\d{3}Z$/, 'Z');
  const next = { ...condition, lastTransitionTime };
  return old ? conditions.map((each) => (each.type === next.type ? next : each)) : [...conditions, next];
}

/** The condition of this type, if there is one. */
export function findCondition<C extends Condition>(conditions: readonly C[] | undefined, type: string): C | undefined {
  return conditions?.find((condition) => condition.type === type);
}
