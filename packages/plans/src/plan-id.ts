/** Classes of fault plans, after the tests T1 to T15 that every operator should pass. */
export const CLASSES = ['T0', 'T1', 'T2', 'T3', 'T4', 'T5', 'T6', 'T8', 'T13', 'T14', 'T15'] as const;
export type PlanClass = (typeof CLASSES)[number];

/**
 * One fault plan. The id says everything: `T1:scale-es:crash:12:after` is class, workload, fault and its parameters, so a
 * divergence is replayed from its id alone.
 */
export interface PlanId {
  readonly class: PlanClass;
  readonly workload: string;
  readonly fault: string;
  readonly parameters: readonly string[];
}

export function formatPlan(plan: PlanId): string {
  return [plan.class, plan.workload, plan.fault, ...plan.parameters].join(':');
}

/** @throws TypeError for a text that names no plan. */
export function parsePlan(text: string): PlanId {
  const [name, workload, fault = 'none', ...parameters] = text.split(':');
  const found = CLASSES.find((each) => each === name);
  if (!found || !workload) throw new TypeError(`"${text}" is no plan: <class>:<workload>:<fault>[:<parameter>…]`);
  return { class: found, workload, fault, parameters };
}
