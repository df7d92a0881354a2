import type { ActionName } from '@navigator/controller/lab';
import type { PlanClass } from '../plan-id.ts';
import type { World } from '../world.ts';

/** When the next step of a script is taken. */
export type When =
  /** All clusters are Ready for their present generation, and truly so. */
  | 'ready'
  /** Nothing has changed for half a minute: for scripts that end in a state that is not Ready. */
  | 'quiet'
  | 'now'
  | { readonly afterMs: number }
  | ((world: World) => boolean);

export interface Step {
  readonly when: When;
  readonly do: (world: World) => void;
}

/** A life of one or more clusters: what people do, and when. */
export interface Workload {
  readonly name: string;
  /** The Actions that it makes the controller take; a test compares the union with all Actions there are. */
  readonly actions: readonly ActionName[];
  readonly steps: readonly Step[];
  /** The class that its crashes count for, when they are about more than crashes. Default T1. */
  readonly class?: PlanClass;
  /** Cheap to play: one node. Most of the quick set's sweeps are of these. */
  readonly isSmall?: boolean;
  readonly badImages?: readonly string[];
  readonly crashing?: readonly string[];
  /** Versions whose process runs and never answers. */
  readonly hanging?: readonly string[];
  /** It deletes a cluster under volumeReclaimPolicy Delete. */
  readonly deletesClaims?: boolean;
  /** Creations and deletions may differ from the undisturbed run: the script acts in the middle of things. */
  readonly countsVary?: boolean;
  /** It ends with something that awaits a person, of which Events go on telling: they live for an hour only. */
  readonly warns?: boolean;
  /** The initial members may differ from the undisturbed run. */
  readonly membersVary?: boolean;
}
