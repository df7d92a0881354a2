import type { KubeMeta } from '@navigator/kube';

/** Which Secrets a cluster shall have, as its engine says it. Names and words only: what is in them is made when they are. */
export interface WantedSecrets {
  /** Signs what nodes show each other and, unless the user has his own, what clients see. Read by the controller only. */
  readonly authority: { readonly name: string; readonly commonName: string };
  /** One certificate for all nodes of the cluster, with its key and the authorities to trust. */
  readonly certificate: { readonly name: string; readonly commonName: string; readonly names: readonly string[] };
  /** Users with a password that is made once and then the user's to change. */
  readonly users: readonly { readonly name: string; readonly username: string }[];
  /** All that an application needs to connect (https://servicebinding.io/spec/core/1.1.0/#well-known-secret-entries). */
  readonly binding: WantedBinding;
}

export interface WantedBinding {
  readonly name: string;
  /** Kind of service, e.g. `elasticsearch`. */
  readonly type: string;
  readonly host: string;
  readonly port: number;
  /** Secret with the user to connect as: one of {@link WantedSecrets.users}. */
  readonly user: string;
  /** Name of that user: nodes know no other, whatever somebody has written into the Secret. */
  readonly username: string;
  /** Secret of the user's own whose `ca.crt` vouches for the service beside Navigator's authority. */
  readonly authority?: string;
}

/** What is to be done about the Secrets of one cluster. */
export interface SecretsOrder {
  /** Namespace, labels and owner of what is made. */
  readonly metadata: Pick<KubeMeta, 'namespace' | 'labels' | 'ownerReferences'>;
  /** When this was decided, in milliseconds since the epoch. */
  readonly now: number;
  readonly tasks: readonly SecretTask[];
}

/** Which Secret exactly was judged. */
export interface SeenSecret {
  readonly uid: string;
  readonly resourceVersion: string;
}

/**
 * One Secret to be made or changed, as data. What is random in it is made when it is written (make-secrets.ts), and nothing
 * that exists is ever replaced but what `seen` names.
 */
export type SecretTask =
  | { readonly make: 'user'; readonly wanted: WantedSecrets['users'][number] }
  | { readonly make: 'authority'; readonly wanted: WantedSecrets['authority']; readonly seen?: SeenSecret }
  /** Puts the authority among those that the nodes trust, before anything that it has signed is shown to them. */
  | {
      readonly make: 'trust';
      readonly wanted: WantedSecrets['certificate'];
      readonly authority: string;
      readonly seen: SeenSecret;
    }
  | {
      readonly make: 'certificate';
      readonly wanted: WantedSecrets['certificate'];
      readonly authority: string;
      readonly seen?: SeenSecret;
    }
  | {
      readonly make: 'binding';
      readonly wanted: WantedBinding;
      /** Secret with the authorities to trust: the cluster's own, beside those that the binding names. */
      readonly certificate: string;
      readonly seen?: SeenSecret;
      /** Hash of what it was made from: with the same one it is left as it is. */
      readonly madeFrom?: string;
      /** Authorities that it has and nobody asks for any more leave it; otherwise they stay beside those that are asked for. */
      readonly prunes?: true;
    };
