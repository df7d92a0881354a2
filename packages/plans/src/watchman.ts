import type { PilotSpec, PilotStatus } from '@navigator/api-types';
import { engineOfKind, Pilots } from '@navigator/controller/lab';
import { type KubeObject, PersistentVolumeClaims, type Pod, resourceName } from '@navigator/kube';
import { claimNameOf } from './sim/claims.ts';
import type { SimContext } from './sim/context.ts';
import type { SimDatabase } from './sim/database.ts';
import { clusterWord } from './sim/kubelet.ts';
import { isGoing } from './sim/stateful-set.ts';
import { readyOf, shortfall, specOf, writtenIdentity } from './truth.ts';

export interface WatchmanOptions {
  readonly context: SimContext;
  readonly databases: ReadonlyMap<string, SimDatabase>;
  /** Whether a controller is running, and since when (monotonic). */
  readonly controllerSinceMs: () => number | undefined;
  /** How much later than usual the controller may know, because of the plan's faults, in ms. */
  readonly blindMs: number;
  /** Whether the script itself has asked for claims to be deleted. */
  readonly mayDeleteClaims: boolean;
}

const READY_TOLERANCE_MS = 25_000;
const FALSE_READY_MS = 45_000;
const EXPLAIN_AFTER_MS = 60_000;
const OTHER_DOWN_MS = 15_000;

interface Watched {
  generation: number;
  wellAtMs: number;
  /** What is not well, by the last look, and since when. */
  problem: string | undefined;
  problemSinceMs: number;
  notReadySinceMs: number | undefined;
}

/** Sees everything and says what must never be: the invariants of every step, whatever the faults. */
export class Watchman {
  readonly #options: WatchmanOptions;
  readonly #clusters = new Map<string, Watched>();
  /** Pods that we took down while they served, and that do not serve again yet. */
  readonly #downByUs = new Map<string, string>();
  /** UIDs of pods that were taken down since the spec asks for fewer. */
  readonly #forGood = new Set<string>();
  readonly #downSince = new Map<string, number>();
  readonly #taken = new Set<string>();
  /** UIDs of claims that a person deleted while the cluster lives. */
  readonly #givenUp = new Set<string>();
  readonly #identities = new Map<string, string>();

  constructor(options: WatchmanOptions) {
    this.#options = options;
    options.context.server.store.subscribe(({ collection, type, object, before }) => {
      const isGivenUp = this.#givenUp.has(object.metadata.uid ?? '');
      if (collection === 'persistentvolumeclaims' && type === 'DELETED' && !options.mayDeleteClaims && !isGivenUp) {
        options.context.violation(`volume claim ${object.metadata.name} was deleted`);
      }
      if (collection === 'pods' && type === 'DELETED' && this.#forGood.has(object.metadata.uid ?? '')) this.#leftForGood(object);
      if (engineOfKind(object.kind) && type !== 'DELETED') this.#clusterWritten(object, before);
    });
  }

  /** A person has deleted this very claim: from now on the volume goes with its pod. */
  claimGivenUp(uid: string): void {
    this.#givenUp.add(uid);
  }

  /** Nobody waits for it to serve again. */
  #leftForGood(pod: Pod): void {
    const { name } = pod.metadata;
    const key = `${clusterWord(pod)} ${name}`;
    this.#downByUs.delete(name);
    this.#downSince.delete(key);
    this.#served.delete(key);
  }

  /** Whether a pod that is being stopped takes its volume with it: then nothing may be there alone. */
  #checkVolume(pod: Pod): boolean {
    const { context, databases } = this.#options;
    const { server, namespace } = context;
    const name = claimNameOf(pod);
    const claim = name === undefined ? undefined : server.get(PersistentVolumeClaims, { namespace, name });
    if (claim === undefined || !isGoing(claim) || !this.#givenUp.has(claim.metadata.uid ?? '')) return false;
    const lost = databases.get(clusterWord(pod))?.lost(pod.metadata.name);
    if (lost !== undefined) context.violation(`the volume of "${pod.metadata.name}" is given up although ${lost}`);
    return true;
  }

  /** The StatefulSet controller is about to take a pod down because of what we wrote. */
  takesDown(pod: Pod, why: 'update' | 'scale', target: string): void {
    const { context, databases } = this.#options;
    const word = clusterWord(pod);
    const database = databases.get(word);
    const { name, uid = '' } = pod.metadata;
    if (why === 'update') this.#checkVolume(pod);
    if (!database?.serves(name)) return;
    const now = context.clock.monotonic();
    for (const [other, cluster] of this.#downByUs) {
      if (cluster === word && other !== name)
        context.violation(`"${name}" is taken down (${why}) while "${other}", taken down before, does not serve yet`);
    }
    for (const [other, since] of this.#downSince) {
      if (
        other.startsWith(`${word} `) &&
        !other.endsWith(` ${name}`) &&
        now - since > OTHER_DOWN_MS + this.#options.blindMs &&
        !this.#downByUs.has(other.split(' ')[1] ?? '')
      ) {
        context.violation(
          `"${name}" is taken down (${why}) while "${other.split(' ')[1]}" has not served for ${Math.round((now - since) / 1000)} s`,
        );
      }
    }
    const harm = database.harm(name);
    if (harm !== undefined && this.#options.blindMs === 0) context.violation(`"${name}" is taken down (${why}): ${harm}`);
    const taken = why === 'scale' ? database.gives(name) : undefined;
    if (taken !== undefined) context.violation(`"${name}" is stopped for good although ${taken}`);
    const once = `${uid} ${target}`;
    if (this.#taken.has(once)) context.violation(`"${name}" is taken down twice for ${target}`);
    this.#taken.add(once);
    this.#downByUs.set(name, word);
    if (why === 'scale') this.#forGood.add(uid);
  }

  /** The controller has deleted a pod: never one that serves, whatever else is down; but for one that is replaced, with nothing lost. */
  deletesPod(pod: Pod): void {
    const { context, databases } = this.#options;
    const { name } = pod.metadata;
    if (this.#checkVolume(pod)) return;
    if (databases.get(clusterWord(pod))?.serves(name)) context.violation(`"${name}" serves, and the controller deletes its pod`);
  }

  /** Called every second. */
  sample(): void {
    const { context } = this.#options;
    const now = context.clock.monotonic();
    for (const [word, database] of this.#options.databases) {
      for (const pod of context.server.list<Pod>(PODS)) if (clusterWord(pod) === word) this.#samplePod(pod, database, now);
    }
    for (const cluster of this.#allClusters()) this.#sampleCluster(cluster, now);
  }

  #samplePod(pod: Pod, database: SimDatabase, now: number): void {
    const { name } = pod.metadata;
    const key = `${clusterWord(pod)} ${name}`;
    if (database.serves(name)) {
      if (this.#isToldSuspended(pod)) this.#options.context.violation(`"${name}" serves, and is told to be suspended`);
      this.#downByUs.delete(name);
      this.#downSince.delete(key);
      this.#served.add(key);
    } else if (this.#served.has(key) && !this.#downSince.has(key)) this.#downSince.set(key, now);
  }

  /** Its order is to be suspended, and its pilot says that it is: people go to work on its files. */
  #isToldSuspended({ metadata: { name, namespace, uid } }: Pod): boolean {
    const pilot = this.#options.context.server.get(Pilots, { name, namespace });
    const { desired } = (pilot?.['spec'] ?? {}) as Partial<PilotSpec>;
    const { phase, podUid } = (pilot?.['status'] ?? {}) as Partial<PilotStatus>;
    return desired === 'Suspended' && phase === 'Suspended' && podUid === uid;
  }

  readonly #served = new Set<string>();

  #allClusters(): KubeObject[] {
    const { store } = this.#options.context.server;
    return COLLECTIONS.flatMap((collection) => store.list(collection));
  }

  #clusterWritten(cluster: KubeObject, before: KubeObject | undefined): void {
    const { context } = this.#options;
    const identity = writtenIdentity(cluster);
    const known = this.#identities.get(cluster.metadata.uid ?? '');
    if (known !== undefined && identity !== known)
      context.violation(`the written identity of ${cluster.metadata.name} changed from ${known} to ${identity}`);
    if (identity !== undefined) this.#identities.set(cluster.metadata.uid ?? '', identity);
    const watched = this.#watched(cluster);
    if (cluster.metadata.generation !== watched.generation) {
      watched.generation = cluster.metadata.generation ?? 0;
      watched.wellAtMs = -Infinity;
      watched.notReadySinceMs = undefined;
    }
    const ready = readyOf(cluster)?.status === 'True';
    if (!ready || (before !== undefined && readyOf(before)?.status === 'True')) return;
    const problem = this.#shortfall(cluster);
    const now = context.clock.monotonic();
    // Nobody can know yet what has just gone wrong, be it that all was never well at one and the same moment.
    const sinceMs = Math.max(watched.wellAtMs, problem === watched.problem ? watched.problemSinceMs : now);
    if (problem !== undefined && now - sinceMs > READY_TOLERANCE_MS + this.#options.blindMs)
      context.violation(`Ready too early: ${problem}`);
  }

  #sampleCluster(cluster: KubeObject, now: number): void {
    const { context, controllerSinceMs, blindMs } = this.#options;
    const watched = this.#watched(cluster);
    const problem = this.#shortfall(cluster);
    if (problem === undefined) watched.wellAtMs = now;
    if (problem !== watched.problem) watched.problemSinceMs = now;
    watched.problem = problem;
    const aliveMs = now - (controllerSinceMs() ?? now);
    const ready = readyOf(cluster);
    if (ready?.status === 'True') {
      watched.notReadySinceMs = undefined;
      if (
        problem !== undefined &&
        aliveMs > FALSE_READY_MS &&
        now - watched.wellAtMs > FALSE_READY_MS + blindMs &&
        watched.wellAtMs > 0
      ) {
        context.violation(`Ready although ${problem}`);
        watched.wellAtMs = now;
      }
      return;
    }
    watched.notReadySinceMs ??= now;
    if (now - watched.notReadySinceMs < EXPLAIN_AFTER_MS + blindMs || aliveMs < EXPLAIN_AFTER_MS + blindMs) return;
    const isExplained =
      ready !== undefined &&
      ready.reason !== 'Reconciling' &&
      (/"[^"]+"|spec\./.test(ready.message) || EXPLAINS_ITSELF.has(ready.reason));
    if (!isExplained)
      context.violation(
        `not Ready for a minute, and not explained: ${ready ? `${ready.reason}: ${ready.message}` : 'no condition of this generation'}`,
      );
    if (!isExplained) watched.notReadySinceMs = now;
  }

  #shortfall(cluster: KubeObject): string | undefined {
    const database = this.#options.databases.get(`${cluster.kind}/${cluster.metadata.name}`);
    if (isGoing(cluster) || !database) return specOf(cluster) === undefined ? 'no spec' : 'no pod was ever made';
    return shortfall(this.#options.context, cluster, database);
  }

  #watched(cluster: KubeObject): Watched {
    const uid = cluster.metadata.uid ?? '';
    const known = this.#clusters.get(uid) ?? {
      generation: 0,
      wellAtMs: -Infinity,
      problem: undefined,
      problemSinceMs: -Infinity,
      notReadySinceMs: undefined,
    };
    this.#clusters.set(uid, known);
    return known;
  }
}

/** Reasons that name no object because the whole cluster is meant. */
const EXPLAINS_ITSELF: ReadonlySet<string> = new Set([
  'Paused',
  'ClusterHealthRed',
  'ClusterHealthUnknown',
  'ClusterNotFormed',
  'InvalidSpec',
]);
const PODS = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };
const COLLECTIONS = ['ElasticsearchCluster', 'CassandraCluster'].flatMap((kind) => {
  const engine = engineOfKind(kind);
  return engine ? [resourceName(engine.resource)] : [];
});
