import type { Reason } from '@navigator/api-types';
import type { KubeObject } from '@navigator/kube';
import type { ControllerEngine } from '../engines/engine.ts';
import type { ClusterSnapshot } from '../snapshot.ts';

/** Names of the Actions; each is also the reason of its events, and needs a workload in packages/plans. */
export const ACTION_NAMES = [
  'CreateNodePool',
  'CreatePilot',
  'UpdateVersion',
  'UpdateConfig',
  'AdjustResources',
  'RestartNodePool',
  'DeleteNodePool',
  'ReplaceNode',
  'ResizeVolume',
  'Scale',
] as const;
export type ActionName = (typeof ACTION_NAMES)[number];

/** One intended change of one cluster. Pure data: `effects` is what execute.ts performs, in order. */
export interface Action {
  readonly name: ActionName;
  readonly nodePool: string;
  /** The object it works on next, e.g. `es-demo-mixed-2`. */
  readonly target?: string;
  /** Which field of the spec asks for it. */
  readonly why: string;
}

/** The I/O of one step as data. Every effect may be repeated without harm. */
export type Effect =
  | { readonly do: 'apply'; readonly object: KubeObject }
  /** Deletes this very pod, if it is still as it was seen. */
  | { readonly do: 'deletePod'; readonly name: string; readonly uid: string; readonly resourceVersion: string }
  /** Deletes this very object, if it is still as it was seen. What it owns goes with it. */
  | {
      readonly do: 'delete';
      readonly kind: 'Pilot' | 'StatefulSet';
      /** Leaves a StatefulSet's pods running: whoever makes it again gets them. */
      readonly keepsPods?: boolean;
      readonly name: string;
      readonly uid: string;
      readonly resourceVersion: string;
    }
  /** Makes this very StatefulSet smaller, if it is still as it was seen, and changes nothing else of it. */
  | {
      readonly do: 'shrink';
      readonly name: string;
      readonly uid: string;
      readonly resourceVersion: string;
      readonly replicas: number;
    }
  /** Asks for a larger volume of this very claim. */
  | { readonly do: 'resizeClaim'; readonly name: string; readonly uid: string; readonly size: string }
  | { readonly do: 'event'; readonly event: EventNote };

export interface EventNote {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/**
 * What a rule says about one Action.
 * - `ready`: its guards pass; `effects` may be performed now.
 * - `waiting`: it has begun and waits for the world; no other exclusive Action may begin meanwhile.
 * - `blocked`: it has not begun, and the named guard is shut.
 */
export type Verdict =
  | {
      readonly is: 'ready';
      readonly action: Action;
      readonly effects: readonly Effect[];
      /** Name of the serving node that this step stops, if it does: it is then confirmed against live pods and Pilots. */
      readonly stops?: string;
      readonly first?: boolean;
    }
  | {
      readonly is: 'waiting' | 'blocked';
      readonly action: Action;
      readonly hold: Hold;
      /** It takes the lane before its place in it: nodes that cannot come up, or a node that is half gone. */
      readonly first?: boolean;
      /** It leaves the lane to whatever else wants it: what it waits for can do no harm and may never come. */
      readonly yields?: boolean;
    };

/** Why something does not go on. */
export interface Hold {
  readonly reason: Reason;
  /** Names the object in the way and what is awaited. */
  readonly message: string;
  /** When to look again if no watched object changes first, in ms. */
  readonly recheckAfterMs: number;
  /** A Warning for people, if the wait is real. Repeats are aggregated. */
  readonly event?: EventNote;
}

/** A named predicate: passes, or says why not. */
export type Guard = { readonly pass: true } | { readonly pass: false; readonly hold: Hold };

/** One file each in actions/; registry.ts lists them in the order in which they are considered. */
export interface ActionDefinition {
  readonly name: string;
  /** Exclusive Actions form one lane per cluster: the first one that is not satisfied holds up those after it. */
  readonly exclusive: boolean;
  /** Verdicts for whatever is not satisfied, in the order in which it should happen; empty when all is well. */
  evaluate(snapshot: ClusterSnapshot, engine: ControllerEngine): readonly Verdict[];
}
