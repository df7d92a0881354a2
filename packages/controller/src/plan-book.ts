import type { Action } from './actions/action.ts';
import type { Execution } from './execute.ts';
import type { Plan } from './plan.ts';

/** What `/debug/plan` shows of one pass: the decision and what became of it. */
export interface PlanEntry {
  readonly at: string;
  readonly reconcileId: string;
  readonly step: Action | undefined;
  readonly pending: Plan['pending'];
  readonly hold: Plan['hold'];
  readonly invalid: Plan['invalid'];
  /** Every child as it shall be, by kind and name. */
  readonly objects: readonly string[];
  readonly requeueAfterMs: number | undefined;
  readonly execution: { readonly ended: string; readonly written: readonly string[]; readonly problems: readonly string[] };
}

type KeptEntry = Omit<PlanEntry, 'objects'> & { readonly objects: string };

/** The last decision about each cluster. For people only: nothing is ever decided from it. */
export class PlanBook {
  readonly #entries = new Map<string, KeptEntry>();

  /** Keeps names instead of objects, in one string: thousands of clusters must not cost memory twice. */
  record(
    key: string,
    pass: { readonly at: number; readonly reconcileId: string; readonly plan: Plan; readonly execution: Execution },
  ): void {
    const { plan, execution } = pass;
    this.#entries.set(key, {
      at: new Date(pass.at).toISOString(),
      reconcileId: pass.reconcileId,
      step: plan.step?.action,
      pending: plan.pending,
      hold: plan.hold,
      invalid: plan.invalid,
      objects: plan.objects.map((object) => `${object.kind}/${object.metadata.name}`).join(' '),
      requeueAfterMs: plan.requeueAfterMs,
      execution: {
        ended: execution.ended,
        written: execution.written,
        problems: execution.problems.map(({ message }) => message),
      },
    });
  }

  get(key: string): PlanEntry | undefined {
    const entry = this.#entries.get(key);
    return entry === undefined ? undefined : { ...entry, objects: entry.objects.split(' ').filter((name) => name !== '') };
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }
}
