import type { PilotStatus } from '@navigator/api-types';
import type { Observation } from './engines/engine.ts';
import { type Life, type LifeEvent, NEW_LIFE, step } from './lifecycle.ts';
import { buildStatus, type Facts } from './status.ts';

/** The last look at the database, good or bad. `at` is on the monotonic clock. */
export interface Look {
  readonly atMs: number;
  readonly observation?: Observation;
}

/** The one place where a pilot keeps what it knows. Whoever changes it causes a report. */
export class NodeState {
  #facts: Facts;
  #look: Look | undefined;
  #deadSinceMs: number | undefined;
  readonly #onChange: (status: PilotStatus) => void;

  constructor(podUid: string, onChange: (status: PilotStatus) => void) {
    this.#facts = { life: NEW_LIFE, podUid, generation: -1, restarts: 0 };
    this.#onChange = onChange;
  }

  get facts(): Facts {
    return this.#facts;
  }

  get life(): Life {
    return this.#facts.life;
  }

  get look(): Look | undefined {
    return this.#look;
  }

  /** Since when (monotonic) the process has shown no life after it had served; undefined while it does or is unknown. */
  get deadSinceMs(): number | undefined {
    return this.#deadSinceMs;
  }

  happened(event: LifeEvent): void {
    this.learn({ life: step(this.#facts.life, event) });
  }

  learn(facts: Partial<Facts>): void {
    this.#facts = { ...this.#facts, ...facts };
    this.#onChange(buildStatus(this.#facts));
  }

  /** Takes in one look at the database; `observation` is an Error when it could not be had. */
  looked(atMs: number, observation: Observation | Error): void {
    if (observation instanceof Error) {
      this.#look = { atMs };
      const { observation: _old, ...rest } = this.#facts;
      this.#facts = rest;
      this.happened({ is: 'unobserved', message: observation.message });
      return;
    }
    this.#look = { atMs, observation };
    const everReady = this.life.everReady || observation.ready;
    this.#deadSinceMs = observation.alive || !everReady ? undefined : (this.#deadSinceMs ?? atMs);
    const { version = this.#facts.known?.version, identity = this.#facts.known?.identity, ready, message } = observation;
    const known = { ...(version === undefined ? {} : { version }), ...(identity === undefined ? {} : { identity }) };
    this.#facts = { ...this.#facts, observation, known };
    this.happened({ is: 'observed', ready, ...(message === undefined ? {} : { message }) });
  }
}
