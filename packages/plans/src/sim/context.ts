import type { FakeApiServer, FakeClock, Random } from '@navigator/kube/testing';

/** What every actor of the laboratory shares: one API server, one clock, one source of chance, one record. */
export interface SimContext {
  readonly server: FakeApiServer;
  readonly clock: FakeClock;
  readonly random: Random;
  readonly namespace: string;
  /** Adds a line to the trace. */
  note(actor: string, text: string): void;
  /** Something happened that must never happen, whatever the faults. */
  violation(text: string): void;
}

/** Runs a task after a delay between the two bounds, in ms. */
export function soon(
  { clock, random }: Pick<SimContext, 'clock' | 'random'>,
  [from, to]: readonly [number, number],
  task: () => void,
): Disposable {
  return clock.setTimeout(task, random.int(from, to));
}
