import type { PilotStatus } from '@navigator/api-types';
import type { Observation } from './engines/engine.ts';
import { type Life, type LifeEvent, NEW_LIFE, step } from './lifecycle.ts';
import { buildStatus, type Facts } from './status.ts';

/** The last look at the database, good or bad. `at` is on the monotonic clock. */
export interface Look {
  readonly atMs: number;
  readonly observation?: Observation;
}

/** From the first to the last look that found no life, on the monotonic clock. */
export interface Silence {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Looks further apart than this prove nothing about the time between them: the pilot itself was frozen. */
const LOOK_GAP_MS = 15_000;

/** The one place where a pilot keeps what it knows. Whoever changes it causes a report. */
export class NodeState {
  #facts: Facts;
  #look: Look | undefined;
  #dead: Silence | undefined;
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

  /** The unbroken row of looks that found no life in a process that had served; undefined while it shows some or is unknown. */
  get dead(): Silence | undefined {
    return this.#dead;
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
      this.#dead = undefined;
      const { observation: _old, ...rest } = this.#facts;
      this.#facts = rest;
      this.happened({ is: 'unobserved', message: observation.message });
      return;
    }
    this.#look = { atMs, observation };
    const everReady = this.life.everReady || observation.ready;
    this.#dead = observation.alive || !everReady ? undefined : prolonged(this.#dead, atMs);
    const { version = this.#facts.known?.version, identity = this.#facts.known?.identity } = observation;
    const { ready, message, concerns } = observation;
    const known = { ...(version === undefined ? {} : { version }), ...(identity === undefined ? {} : { identity }) };
    this.#facts = { ...this.#facts, observation, known };
    this.happened({
      is: 'observed',
      ready,
      ...(message === undefined ? {} : { message }),
      ...(concerns === undefined ? {} : { concerns }),
    });
  }
}

function prolonged(dead: Silence | undefined, atMs: number): Silence {
  const goesOn = dead !== undefined && atMs - dead.toMs <= LOOK_GAP_MS;
  return { fromMs: goesOn ? dead.fromMs : atMs, toMs: atMs };
}
