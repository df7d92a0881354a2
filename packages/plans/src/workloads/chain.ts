import type { PlanId } from '../plan-id.ts';
import { workloadNamed } from './registry.ts';
import type { Workload } from './workload.ts';

/** A workload with the run that it must end like, where that is another one. */
export interface PlannedWorkload extends Workload {
  readonly reference?: Workload;
}

/** The workload of a plan. */
export function workloadFor(plan: PlanId): PlannedWorkload {
  return workloadNamed(plan.workload);
}
