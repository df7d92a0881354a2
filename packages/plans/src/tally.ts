import { CLASSES, parsePlan, type PlanClass } from './plan-id.ts';
import type { PlanReport } from './pool.ts';

const WHAT: Readonly<Record<PlanClass, string>> = {
  T0: 'undisturbed',
  T1: 'controller crashes before and after a write',
  T2: 'a pilot and its database are killed before and after a report',
  T3: 'stale lists and watches after a restart',
  T4: 'events lost, repeated, late, cut off; 410',
  T5: 'errors, timeouts, partial, empty and garbage answers',
  T6: 'random valid edits, and their reversal (T7)',
  T8: 'broken specs mended, under crashes',
  T13: 'ten quiet minutes without a write',
  T14: 'errors and lost replies on writes; mixtures',
  T15: 'names used again, under crashes',
};

/** Counts plans and divergences by class. */
export class Tally {
  readonly #classes = new Map<PlanClass, { plans: number; diverging: string[]; ms: number }>(
    CLASSES.map((name) => [name, { plans: 0, diverging: [], ms: 0 }]),
  );

  add({ id, divergences, ms }: PlanReport): void {
    const counts = this.#classes.get(parsePlan(id).class);
    if (!counts) return;
    counts.plans += 1;
    counts.ms += ms;
    if (divergences.length > 0) counts.diverging.push(id);
  }

  get plans(): number {
    return this.#sum(({ plans }) => plans);
  }

  get divergences(): number {
    return this.#sum(({ diverging }) => diverging.length);
  }

  /** For programs that go on with them. */
  counts(): { plans: number; divergences: number } {
    return { plans: this.plans, divergences: this.divergences };
  }

  /** A row for each class, then the ids of what diverges. */
  table(): string {
    const rows = [...this.#classes].map(([name, { plans, diverging, ms }]) =>
      [
        name.padEnd(4),
        String(plans).padStart(6),
        String(diverging.length).padStart(9),
        (plans === 0 ? '' : (ms / plans).toFixed(0)).padStart(8),
        ` ${WHAT[name]}`,
      ].join(' '),
    );
    const ids = [...this.#classes.values()].flatMap(({ diverging }) => diverging);
    const how =
      ids.length === 0 ? [] : ['', 'diverging; replay one with: npm run plans -- --replay <id>', ...ids.map((id) => `  ${id}`)];
    return ['', 'class  plans  diverging  ms each  what', ...rows, ...how, ''].join('\n');
  }

  #sum(count: (counts: { plans: number; diverging: readonly string[] }) => number): number {
    return [...this.#classes.values()].reduce((sum, counts) => sum + count(counts), 0);
  }
}
