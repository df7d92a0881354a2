import { HEARTBEAT_INTERVAL_MS, LABELS, type Member, type PilotStatus } from '@navigator/api-types';
import {
  contentHash,
  controllerOf,
  controllerReference,
  isAlreadyExists,
  isConflict,
  isNotFound,
  type KubeClient,
  type KubeObject,
  type PersistentVolumeClaim,
  PersistentVolumeClaims,
  type Pod,
  Pods,
  type Resource,
  type StatefulSet,
  StatefulSets,
} from '@navigator/kube';
import { Pilots } from '../src/watches.ts';

const HASH_LABEL = 'controller-revision-hash';

type Template = NonNullable<StatefulSet['spec']>['template'];

/**
 * Plays what is around the controller, so that a whole cluster can live without nodes: Kubernetes' StatefulSet controller
 * (parallel, with partition), its garbage collector, the kubelet, and a healthy pilot for every pod that has a Pilot. One `step` makes each of
 * them do what it would do next; nothing is written where nothing changes.
 */
export class World {
  readonly #client: KubeClient;
  readonly #namespace: string;
  readonly #templates = new Map<string, Template>();
  readonly #current = new Map<string, string>();
  readonly #startedAt = new Map<string, string>();
  /** Names of pods that shall not become ready. */
  readonly stuck = new Set<string>();
  /** Every pilot reports in each step, changed or not. */
  beating = false;

  constructor(client: KubeClient, namespace: string) {
    this.#client = client;
    this.#namespace = namespace;
  }

  /** One round. */
  async step(signal: AbortSignal): Promise<void> {
    const sets = await this.#list(StatefulSets, signal);
    for (const set of sets) await this.#tolerant(this.#playSet(set, signal));
    const owners = new Set(sets.map(({ metadata }) => metadata.uid));
    // The garbage collector's part.
    for (const pod of await this.pods(signal))
      if (!owners.has(controllerOf(pod)?.uid)) await this.#tolerant(this.#delete(pod, signal));
    const [pods, pilots] = [await this.#list(Pods, signal), await this.#list(Pilots, signal)];
    for (const pod of pods) {
      const pilot = pilots.find(({ metadata }) => metadata.name === pod.metadata.name);
      if (pilot) await this.#tolerant(this.#report(pilot, { pod, pods, pilots, signal }));
      await this.#tolerant(this.#setReady(pod, { ready: pilot !== undefined && !this.stuck.has(pod.metadata.name), signal }));
    }
  }

  /** All live pods. */
  async pods(signal: AbortSignal): Promise<readonly Pod[]> {
    return (await this.#list(Pods, signal)).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  }

  async #list<T extends KubeObject>(resource: Resource<T>, signal: AbortSignal): Promise<readonly T[]> {
    return (await this.#client.list(resource, { namespace: this.#namespace }, signal)).items;
  }

  /** Others write at the same time; the next step sees what they did. */
  async #tolerant(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error) && !isAlreadyExists(error)) throw error;
    }
  }

  async #playSet(set: StatefulSet, signal: AbortSignal): Promise<void> {
    const uid = set.metadata.uid ?? '';
    const template = set.spec?.template;
    if (!template || set.metadata.deletionTimestamp !== undefined) return;
    const update = `${set.metadata.name}-${contentHash(template).slice(0, 10)}`;
    this.#templates.set(update, template);
    if (!this.#current.has(uid)) this.#current.set(uid, update);
    const current = this.#current.get(uid) ?? update;
    const pods = (await this.pods(signal)).filter((pod) => controllerOf(pod)?.uid === uid);
    const partition = set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
    const replicas = set.spec?.replicas ?? 1;
    for (const pod of pods.filter((each) => ordinalOf(each) >= replicas)) await this.#delete(pod, signal);
    for (let ordinal = 0; ordinal < replicas; ordinal += 1) {
      if (pods.some((pod) => ordinalOf(pod) === ordinal)) continue;
      await this.#createPod(set, { ordinal, revision: ordinal >= partition ? update : current, signal });
    }
    const onDelete = set.spec?.updateStrategy?.type === 'OnDelete';
    if (!onDelete) await this.#roll(pods, { update, partition, signal });
    const done = !onDelete && pods.length === replicas && pods.every((pod) => revisionOf(pod) === update && isReady(pod));
    if (done) this.#current.set(uid, update);
    const status = {
      replicas: pods.length,
      readyReplicas: pods.filter(isReady).length,
      observedGeneration: set.metadata.generation ?? 0,
      currentRevision: this.#current.get(uid) ?? update,
      updateRevision: update,
    };
    await this.#patchStatus(StatefulSets, set, { status, signal });
  }

  /** From the highest ordinal down to the partition, one at a time, never past a pod that is not ready. */
  async #roll(pods: readonly Pod[], options: { update: string; partition: number; signal: AbortSignal }): Promise<void> {
    for (const pod of pods.toSorted((a, b) => ordinalOf(b) - ordinalOf(a))) {
      if (ordinalOf(pod) < options.partition) return;
      if (revisionOf(pod) !== options.update) return await this.#delete(pod, options.signal);
      if (!isReady(pod)) return;
    }
  }

  async #createPod(set: StatefulSet, options: { ordinal: number; revision: string; signal: AbortSignal }): Promise<void> {
    const { ordinal, revision, signal } = options;
    const template = this.#templates.get(revision);
    if (!template?.spec) return;
    const name = `${set.metadata.name}-${ordinal}`;
    const claims = set.spec?.volumeClaimTemplates ?? [];
    for (const claim of claims) await this.#tolerant(this.#createClaim(claim, { set, pod: name, signal }));
    const volumes = claims.map(({ metadata }) => ({
      name: metadata?.name ?? '',
      persistentVolumeClaim: { claimName: `${metadata?.name}-${name}` },
    }));
    const labels = { ...template.metadata?.labels, [HASH_LABEL]: revision };
    const annotations = { ...template.metadata?.annotations };
    const pod: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: this.#namespace, labels, annotations, ownerReferences: [controllerReference(typed(set))] },
      spec: { ...template.spec, volumes: [...(template.spec.volumes ?? []), ...volumes] },
    };
    await this.#client.create(Pods, pod, signal);
  }

  async #createClaim(
    template: { metadata?: object; spec?: PersistentVolumeClaim['spec'] },
    options: { set: StatefulSet; pod: string; signal: AbortSignal },
  ): Promise<void> {
    const metadata = { name: '', ...template.metadata };
    const labels = {
      ...('labels' in metadata ? (metadata.labels as Record<string, string>) : {}),
      ...options.set.spec?.selector.matchLabels,
    };
    const name = `${metadata.name}-${options.pod}`;
    const claim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name, namespace: this.#namespace, labels },
      spec: template.spec,
    };
    await this.#client.create(PersistentVolumeClaims, claim as PersistentVolumeClaim, options.signal);
  }

  async #report(
    pilot: KubeObject,
    scene: { pod: Pod; pods: readonly Pod[]; pilots: readonly KubeObject[]; signal: AbortSignal },
  ): Promise<void> {
    const { pod, pods, pilots, signal } = scene;
    const cluster = pod.metadata.labels?.[LABELS.cluster];
    const kind = pod.metadata.labels?.[LABELS.kind];
    const peers = pods.filter(
      ({ metadata }) =>
        metadata.labels?.[LABELS.cluster] === cluster &&
        metadata.labels?.[LABELS.kind] === kind &&
        pilots.some((each) => each.metadata.name === metadata.name),
    );
    const members = peers.map(memberOf);
    const isElastic = kind === 'ElasticsearchCluster';
    const me = memberOf(pod);
    const status: PilotStatus = {
      observedGeneration: pilot.metadata.generation ?? 0,
      phase: 'Running',
      podUid: pod.metadata.uid ?? '',
      process: { startedAt: this.#started(pod), restarts: 0 },
      version: me.version ?? '',
      health: this.stuck.has(pod.metadata.name) ? 'Unhealthy' : 'Healthy',
      identity: { id: me.id, address: me.address ?? '' },
      view: {
        ...(isElastic ? { clusterId: 'cluster-uuid', health: 'Green' } : {}),
        authoritative: isElastic && peers[0]?.metadata.name === pod.metadata.name,
        members,
        schemaVersions: isElastic ? [] : ['schema-1'],
      },
      heartbeatTime: new Date().toISOString(),
    };
    const before = pilot['status'] as PilotStatus | undefined;
    const beats = Date.now() - Date.parse(before?.heartbeatTime ?? '1970-01-01T00:00:00Z') < HEARTBEAT_INTERVAL_MS;
    const unchanged =
      before !== undefined && contentHash({ ...before, heartbeatTime: '' }) === contentHash({ ...status, heartbeatTime: '' });
    if (unchanged && beats && !this.beating) return;
    await this.#client.mergePatch(Pilots, pilot.metadata, { body: { status }, subresource: 'status' }, signal);
  }

  #started(pod: Pod): string {
    const uid = pod.metadata.uid ?? '';
    // Long enough ago that reports may speak of it.
    const at = this.#startedAt.get(uid) ?? new Date(Date.now() - 60_000).toISOString();
    this.#startedAt.set(uid, at);
    return at;
  }

  async #setReady(pod: Pod, { ready, signal }: { ready: boolean; signal: AbortSignal }): Promise<void> {
    const status = ready ? 'True' : 'False';
    const conditions = [
      { type: 'PodScheduled', status: 'True' },
      { type: 'Ready', status },
    ];
    if (isReady(pod) === ready && pod.status?.conditions !== undefined) return;
    await this.#patchStatus(Pods, pod, { status: { conditions }, signal });
  }

  async #patchStatus<T extends KubeObject>(
    resource: Resource<T>,
    object: T,
    { status, signal }: { status: object; signal: AbortSignal },
  ): Promise<void> {
    const now = { ...(object['status'] as object | undefined) };
    if (contentHash({ ...now, ...status }) === contentHash(now)) return;
    await this.#client.mergePatch(resource, object.metadata, { body: { status }, subresource: 'status' }, signal);
  }

  async #delete(pod: Pod, signal: AbortSignal): Promise<void> {
    await this.#client.delete(Pods, pod.metadata, { uid: pod.metadata.uid ?? '', gracePeriodSeconds: 0 }, signal);
  }
}

/** Lists give no kind. */
function typed(set: StatefulSet): StatefulSet {
  return { ...set, apiVersion: 'apps/v1', kind: 'StatefulSet' };
}

function ordinalOf({ metadata }: KubeObject): number {
  return Number(metadata.name.slice(metadata.name.lastIndexOf('-') + 1));
}

function revisionOf(pod: Pod): string | undefined {
  return pod.metadata.labels?.[HASH_LABEL];
}

function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

/** Identity stays with the name (the volume), the address changes with the pod. */
function memberOf(pod: Pod): Member {
  const { name, uid } = pod.metadata;
  const containers = (pod['spec'] as Template['spec'])?.containers ?? [];
  return {
    id: `id-${name}`,
    name,
    address: `address-${uid}`,
    state: 'Up',
    version: containers[0]?.image?.split(':').at(-1) ?? '',
  };
}
