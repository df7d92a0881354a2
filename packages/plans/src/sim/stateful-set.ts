import {
  contentHash,
  controllerOf,
  controllerReference,
  type KubeObject,
  type Pod,
  Pods,
  type PersistentVolumeClaim,
  PersistentVolumeClaims,
  type StatefulSet,
  StatefulSets,
} from '@navigator/kube';
import { sameJson } from '@navigator/kube/testing';
import { CLAIM_FINALIZER, hasMachine } from './claims.ts';
import { type SimContext, soon } from './context.ts';

export const REVISION_LABEL = 'controller-revision-hash';
/** Stands for the kubelet's part in a graceful deletion: the object goes when the containers have ended. */
export const KUBELET_FINALIZER = 'sim/kubelet';

type Template = NonNullable<StatefulSet['spec']>['template'];

interface Revisions {
  readonly templates: Map<string, Template>;
  current: string | undefined;
}

/** Told just before the StatefulSet controller takes a pod down, with why. */
export type OnTakeDown = (pod: Pod, why: 'update' | 'scale', target: string) => void;

export interface StatefulSetsOptions {
  readonly context: SimContext;
  readonly onTakeDown?: OnTakeDown;
  /** How late the controller sees a change, in ms. */
  readonly delayMs?: readonly [number, number];
  /** Whether pods end gracefully, by a kubelet. Default true. */
  readonly graceful?: boolean;
}

const COLLECTIONS: ReadonlySet<string> = new Set(['statefulsets.apps', 'pods']);
const hashes = new WeakMap<object, string>();

/**
 * The StatefulSet controller of Kubernetes, as far as Navigator uses it: Parallel, RollingUpdate with partition, claims that
 * stay. test/fidelity.integration.test.ts runs the same scripts against the real one.
 */
export class StatefulSetController {
  readonly #options: StatefulSetsOptions;
  readonly #revisions = new Map<string, Revisions>();
  #isDue = false;
  #mostPods = Number.POSITIVE_INFINITY;
  #sleepsUntilMs = 0;

  constructor(options: StatefulSetsOptions) {
    this.#options = options;
    options.context.server.store.subscribe(({ collection, type }) => {
      const isClaimGone = collection === 'persistentvolumeclaims' && type === 'DELETED';
      if (COLLECTIONS.has(collection) || isClaimGone) this.#wake();
    });
  }

  /** From now on no pod is made where there are so many already; undefined: as many as are wanted. */
  allow(pods: number | undefined): void {
    this.#mostPods = pods ?? Number.POSITIVE_INFINITY;
    this.#wake();
  }

  /** It does nothing for so long, in ms: a leader election, or a queue that is long. */
  sleep(ms: number): void {
    const { clock } = this.#options.context;
    this.#sleepsUntilMs = clock.monotonic() + ms;
    clock.setTimeout(() => this.#wake(), ms);
  }

  #wake(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    soon(this.#options.context, this.#options.delayMs ?? [20, 120], () => {
      this.#isDue = false;
      if (this.#options.context.clock.monotonic() < this.#sleepsUntilMs) return;
      for (const set of this.#options.context.server.list(StatefulSets)) this.#sync(set);
    });
  }

  #sync(set: StatefulSet): void {
    const { server } = this.#options.context;
    const template = set.spec?.template;
    if (!template || set.metadata.deletionTimestamp !== undefined) return;
    const update = `${set.metadata.name}-${hashOf(template)}`;
    const revisions = this.#revisionsOf(set, update, template);
    const current = revisions.current ?? update;
    const replicas = set.spec?.replicas ?? 1;
    const onDelete = set.spec?.updateStrategy?.type === 'OnDelete';
    const partition = set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
    const pods = this.#podsOf(set);
    for (const pod of pods) if (isTerminal(pod)) this.#delete(pod);
    for (let ordinal = 0; ordinal < replicas; ordinal += 1) {
      const pod = server.get(Pods, refOf(set, ordinal));
      if (pod === undefined) this.#create(set, { ordinal, revision: ordinal < partition ? current : update, revisions });
      // For one that waits for a machine a claim that is gone is made again.
      else if (!hasMachine(pod) && !isGoing(pod)) this.#createClaims(set, pod.metadata.name);
    }
    for (const pod of pods.filter((each) => ordinalOf(each) >= replicas && !isGoing(each)).toReversed()) {
      this.#options.onTakeDown?.(pod, 'scale', update);
      this.#delete(pod);
    }
    if (!onDelete) this.#roll(set, { update, partition, replicas });
    this.#writeStatus(set, { update, replicas, revisions });
  }

  /** From the highest ordinal down to the partition: the first outdated pod goes; an unhealthy one that is not is waited for. */
  #roll(set: StatefulSet, { update, partition, replicas }: { update: string; partition: number; replicas: number }): void {
    const pods = this.#podsOf(set).filter((pod) => ordinalOf(pod) < replicas && ordinalOf(pod) >= partition);
    for (const pod of pods.toReversed()) {
      if (revisionOf(pod) !== update && !isGoing(pod)) {
        this.#options.onTakeDown?.(pod, 'update', update);
        this.#delete(pod);
        return;
      }
      if (!isReady(pod) || isGoing(pod)) return;
    }
  }

  #writeStatus(
    set: StatefulSet,
    { update, replicas, revisions }: { update: string; replicas: number; revisions: Revisions },
  ): void {
    const { server } = this.#options.context;
    const pods = this.#podsOf(set);
    const live = pods.filter((pod) => !isGoing(pod));
    const updated = live.filter((pod) => revisionOf(pod) === update).length;
    const ready = pods.filter(isReady).length;
    const onDelete = set.spec?.updateStrategy?.type === 'OnDelete';
    if (!onDelete && updated === replicas && ready === replicas && pods.length === replicas) revisions.current = update;
    const current = revisions.current ?? update;
    const status = {
      replicas: pods.length,
      readyReplicas: ready,
      availableReplicas: ready,
      currentReplicas: live.filter((pod) => revisionOf(pod) === current).length,
      updatedReplicas: updated,
      currentRevision: current,
      updateRevision: update,
      observedGeneration: set.metadata.generation ?? 0,
      collisionCount: 0,
    };
    const now = server.get(StatefulSets, set.metadata);
    if (!now || sameJson(now.status, status)) return;
    patchStatus(server, 'statefulsets.apps', { ...now, status });
  }

  #revisionsOf(set: StatefulSet, update: string, template: Template): Revisions {
    const uid = set.metadata.uid ?? '';
    const known = this.#revisions.get(uid) ?? { templates: new Map<string, Template>(), current: undefined };
    this.#revisions.set(uid, known);
    known.templates.set(update, template);
    known.current ??= update;
    return known;
  }

  /** Pods that it controls, by ordinal; one that matches and has no controller is adopted. */
  #podsOf(set: StatefulSet): Pod[] {
    const { server, namespace } = this.#options.context;
    const labels = Object.entries(set.spec?.selector.matchLabels ?? {});
    const matching = server
      .list(Pods)
      .filter((pod) => pod.metadata.namespace === namespace && pod.metadata.name.startsWith(`${set.metadata.name}-`))
      .filter((pod) => labels.every(([name, value]) => pod.metadata.labels?.[name] === value));
    for (const pod of matching.filter((each) => controllerOf(each) === undefined && !isGoing(each))) {
      server.edit(
        Pods,
        pod.metadata,
        (draft) => (draft.metadata.ownerReferences = [controllerReference(typed(set))]),
        'kube-controller-manager',
      );
    }
    const mine = server.list(Pods).filter((pod) => controllerOf(pod)?.uid === set.metadata.uid);
    return mine.toSorted((a, b) => ordinalOf(a) - ordinalOf(b));
  }

  #create(set: StatefulSet, { ordinal, revision, revisions }: { ordinal: number; revision: string; revisions: Revisions }): void {
    const { server, namespace } = this.#options.context;
    const template = revisions.templates.get(revision);
    if (!template) return;
    const name = `${set.metadata.name}-${ordinal}`;
    const claims = set.spec?.volumeClaimTemplates ?? [];
    const going = this.#createClaims(set, name);
    if (going !== undefined) return this.#options.context.note('statefulset', `waits: claim ${going} is being deleted`);
    const volumes = claims.map(({ metadata }) => ({
      name: metadata?.name ?? '',
      persistentVolumeClaim: { claimName: `${metadata?.name}-${name}` },
    }));
    const pod: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace,
        labels: { ...template.metadata?.labels, [REVISION_LABEL]: revision, 'statefulset.kubernetes.io/pod-name': name },
        annotations: { ...template.metadata?.annotations },
        ownerReferences: [controllerReference(typed(set))],
        ...(this.#options.graceful === false ? {} : { finalizers: [KUBELET_FINALIZER] }),
      },
      spec: { ...template.spec, hostname: name, volumes: [...(template.spec?.volumes ?? []), ...volumes] } as NonNullable<
        Pod['spec']
      >,
    };
    if (server.list(Pods).length >= this.#mostPods)
      return this.#options.context.note('statefulset', `may not create pod ${name}: exceeded quota`);
    this.#options.context.note('statefulset', `creates pod ${name} of ${revision}`);
    server.seed(Pods, pod, 'kube-controller-manager');
  }

  /** Returns the claim that is in the way, if one is: as long as it is being deleted no pod is made. */
  #createClaims(set: StatefulSet, pod: string): string | undefined {
    const { server, namespace } = this.#options.context;
    const templates = set.spec?.volumeClaimTemplates ?? [];
    for (const template of templates) this.#createClaim(template, set, pod);
    const names = templates.map(({ metadata }) => `${metadata?.name}-${pod}`);
    return names.find((name) => {
      const claim = server.get(PersistentVolumeClaims, { namespace, name });
      return claim !== undefined && isGoing(claim);
    });
  }

  #createClaim(
    template: NonNullable<NonNullable<StatefulSet['spec']>['volumeClaimTemplates']>[number],
    set: StatefulSet,
    pod: string,
  ): void {
    const { server, namespace } = this.#options.context;
    const name = `${template.metadata?.name}-${pod}`;
    if (server.get(PersistentVolumeClaims, { namespace, name })) return;
    const labels = { ...template.metadata?.labels, ...set.spec?.selector.matchLabels };
    const claim: PersistentVolumeClaim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name, namespace, labels, finalizers: [CLAIM_FINALIZER] },
      spec: template.spec ?? {},
    };
    server.seed(PersistentVolumeClaims, claim, 'kube-controller-manager');
  }

  #delete(pod: Pod): void {
    this.#options.context.note('statefulset', `deletes pod ${pod.metadata.name} of ${revisionOf(pod)}`);
    this.#options.context.server.remove(Pods, pod.metadata);
  }
}

/** Stores a status as its controller would, without the cost of an apply. */
export function patchStatus(server: SimContext['server'], collection: string, object: KubeObject): void {
  const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
  server.store.put(collection, object, server.store.owners(collection, key));
}

function hashOf(template: Template): string {
  const known = hashes.get(template);
  if (known !== undefined) return known;
  const hash = contentHash(template).slice(0, 10);
  hashes.set(template, hash);
  return hash;
}

function refOf(set: StatefulSet, ordinal: number): { namespace: string; name: string } {
  return { namespace: set.metadata.namespace ?? '', name: `${set.metadata.name}-${ordinal}` };
}

function typed(set: StatefulSet): StatefulSet {
  return { ...set, apiVersion: 'apps/v1', kind: 'StatefulSet' };
}

export function ordinalOf({ metadata }: KubeObject): number {
  return Number(metadata.name.slice(metadata.name.lastIndexOf('-') + 1));
}

export function revisionOf(pod: Pod): string | undefined {
  return pod.metadata.labels?.[REVISION_LABEL];
}

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

export function isGoing(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

function isTerminal(pod: Pod): boolean {
  return (pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded') && !isGoing(pod);
}
