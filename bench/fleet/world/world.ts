import { FIELD_MANAGERS, GROUP, HEARTBEAT_INTERVAL_MS, LABELS, MANAGED_BY, VERSION } from '@navigator/api-types';
import {
  Controller,
  defineResource,
  Informer,
  isAlreadyExists,
  isConflict,
  isNotFound,
  KubeClient,
  type KubeObject,
  type ObjectRef,
  type Pod,
  Pods,
  PersistentVolumeClaims,
  type Resource,
  silentLogger,
  type StatefulSet,
  StatefulSets,
  type Transport,
} from '@navigator/kube';
import { claimsOf, isPlayed, podOf, podStatus, setStatus } from './pods.ts';
import { Beats } from './beats.ts';
import { reportsOf, sameReport } from './reports.ts';

const Pilots = defineResource({ group: GROUP, version: VERSION, kind: 'Pilot', plural: 'pilots' });
const OURS = `${LABELS.managedBy}=${MANAGED_BY}`;
const BY_CLUSTER = 'cluster';
const WORKERS = 8;

/**
 * The StatefulSet controller (parallel pods, never an update), the kubelet, the volume binder and a healthy pilot in every
 * pod, for thousands of clusters: every write goes to the API server as theirs would, at a fraction of their CPU. It
 * follows the same rules as packages/controller/test/world.ts, which steps through one namespace by listing it.
 */
export class World {
  readonly #kubernetes: KubeClient;
  readonly #pilot: KubeClient;
  readonly #sets: Informer<StatefulSet>;
  readonly #pods: Informer<Pod>;
  readonly #pilots: Informer<KubeObject>;
  readonly #clusters: Controller;
  readonly #beats: Beats;
  #playing = false;

  constructor(transport: Transport) {
    this.#kubernetes = new KubeClient(transport, { fieldManager: 'kubernetes' });
    this.#pilot = new KubeClient(transport, { fieldManager: FIELD_MANAGERS.pilot });
    const client = this.#kubernetes;
    const common = { client, labelSelector: OURS, logger: silentLogger };
    const indexers = { [BY_CLUSTER]: (object: KubeObject) => [keyOfCluster(object)] };
    this.#sets = new Informer({ ...common, resource: StatefulSets, indexers });
    this.#pods = new Informer<Pod>({ ...common, resource: Pods, indexers, transform: trimmed });
    this.#pilots = new Informer({ ...common, resource: Pilots, indexers });
    this.#clusters = new Controller({
      name: 'world',
      reconcile: (request, signal) => this.#play(request, signal),
      concurrency: WORKERS,
      logger: silentLogger,
    });
    this.#beats = new Beats(HEARTBEAT_INTERVAL_MS, (key, signal) => this.#beat(key, signal));
  }

  /** Whether pods are made and pilots report; what was missed is made up for. */
  play(on: boolean): void {
    this.#playing = on;
    if (on) for (const set of this.#sets.lister.list()) this.#enqueue(set);
  }

  /** Whether pilots report when nothing has changed. */
  beat(on: boolean): void {
    this.#beats.on = on;
  }

  /** What has been done. */
  counts(): { readonly pods: number; readonly pilots: number; readonly beats: number; readonly late: number } {
    return { pods: this.#pods.size, pilots: this.#beats.size, beats: this.#beats.written, late: this.#beats.late };
  }

  /** Follows the API server until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const informers: readonly Pick<Informer<KubeObject>, 'start' | 'waitForSync'>[] = [this.#sets, this.#pods, this.#pilots];
    const enqueue = (object: KubeObject): void => this.#enqueue(object);
    const handler = { add: enqueue, update: (_old: KubeObject, object: KubeObject) => enqueue(object), delete: enqueue };
    this.#sets.addHandler(handler);
    this.#pods.addHandler(handler);
    // A report is an update too; only a new order is news to a pilot.
    this.#pilots.addHandler({
      add: enqueue,
      update: (old, pilot) => {
        if (old.metadata.generation !== pilot.metadata.generation) enqueue(pilot);
      },
    });
    const following = informers.map((informer) => informer.start(signal));
    await Promise.all(informers.map((informer) => informer.waitForSync(signal)));
    await Promise.all([...following, this.#clusters.start(signal), this.#beats.run(signal)]);
  }

  #enqueue(object: KubeObject): void {
    const key = keyOfCluster(object);
    const [namespace = '', name = ''] = key.split('/');
    if (this.#playing && name !== '') this.#clusters.enqueue({ namespace, name });
  }

  /** One cluster of both kinds' namesakes: makes what is missing, and reports what is new. */
  async #play({ namespace, name }: ObjectRef, signal: AbortSignal): Promise<void> {
    const key = `${namespace}/${name}`;
    for (const set of this.#sets.lister.byIndex(BY_CLUSTER, key)) await this.#playSet(set, signal);
    const pods = this.#pods.lister.byIndex(BY_CLUSTER, key);
    const pilots = this.#pilots.lister.byIndex(BY_CLUSTER, key);
    for (const [pilot, status] of reportsOf(pilots, pods)) {
      const pilotKey = `${namespace}/${pilot.metadata.name}`;
      if (sameReport(this.#beats.last(pilotKey), status)) continue;
      await tolerant(this.#report(pilot.metadata, status, signal));
      this.#beats.reported(pilotKey, status);
    }
    for (const pod of pods) {
      const isRunning = pilots.some(({ metadata }) => metadata.name === pod.metadata.name);
      if (isRunning && !isPlayed(pod)) await this.#patch(Pods, pod.metadata, { status: podStatus(pod), signal });
    }
  }

  async #playSet(set: StatefulSet, signal: AbortSignal): Promise<void> {
    const replicas = set.spec?.replicas ?? 0;
    let made = 0;
    for (let ordinal = 0; ordinal < replicas; ordinal += 1) {
      const pod = podOf(set, ordinal);
      if (this.#pods.lister.get(pod.metadata.namespace, pod.metadata.name)) continue;
      for (const claim of claimsOf(set, ordinal)) await tolerant(this.#kubernetes.create(PersistentVolumeClaims, claim, signal));
      await tolerant(this.#kubernetes.create(Pods, pod, signal));
      made += 1;
    }
    const status = setStatus(set, replicas);
    if (status === undefined && made === 0) return;
    await this.#patch(StatefulSets, set.metadata, { status: status ?? {}, signal });
  }

  async #patch(resource: Resource, ref: ObjectRef, { status, signal }: { status: object; signal: AbortSignal }): Promise<void> {
    await tolerant(this.#kubernetes.mergePatch(resource, ref, { body: { status }, subresource: 'status' }, signal));
  }

  /** As packages/pilot writes it. */
  async #report(ref: ObjectRef, status: object, signal: AbortSignal): Promise<void> {
    const metadata = { name: ref.name, ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }) };
    const report = { ...status, heartbeatTime: new Date().toISOString() };
    await this.#pilot.applyStatus(Pilots, { apiVersion: `${GROUP}/${VERSION}`, kind: 'Pilot', metadata, status: report }, signal);
  }

  async #beat(key: string, signal: AbortSignal): Promise<void> {
    const [namespace = '', name = ''] = key.split('/');
    const status = this.#beats.last(key);
    if (status !== undefined) await tolerant(this.#report({ namespace, name }, status, signal));
  }
}

/** `namespace/name` of the cluster; names of fleets do not meet. */
function keyOfCluster({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.labels?.[LABELS.cluster] ?? ''}`;
}

/** Only what is played with is kept of a pod. */
function trimmed(pod: Pod): Pod {
  const image = pod.spec?.containers[0]?.image ?? '';
  const phase = pod.status?.phase;
  return {
    apiVersion: pod.apiVersion,
    kind: pod.kind,
    metadata: pod.metadata,
    spec: { containers: [{ name: 'database', image }] },
    ...(phase === undefined ? {} : { status: { phase } }),
  };
}

/** Others write at the same time. */
async function tolerant(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error) && !isAlreadyExists(error)) throw error;
  }
}
