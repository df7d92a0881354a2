import { ANNOTATIONS, type PilotSpec, pilotSpecSchema, type PilotStatus } from '@navigator/api-types';
import type { KubeObject, StatefulSet } from '@navigator/kube';
import type { ControllerEngine } from '../engines/engine.ts';
import { isHealthy } from '../guards/node-state.ts';
import type { Plan } from '../plan.ts';
import { revisionParts } from '../resources/revision-parts.ts';
import { revisionOf } from '../resources/revision.ts';
import { templateHash } from '../resources/stateful-set.ts';
import type { ClusterSnapshot, NodeView, PodView, PoolView, StatefulSetView } from '../snapshot.ts';
import { buildStatus } from '../status.ts';
import { obeyed } from './leaving.ts';
import { iso, mapNodes, withViews } from './snapshots.ts';

/** What a pod is made from. */
interface Template {
  readonly revision: string | undefined;
  readonly parts: string | undefined;
  readonly version: string | undefined;
}

const ROUND_MS = 15_000;

/**
 * The world around the planner, as simple as it can be: what a plan asks for is done, a StatefulSet controller makes and replaces
 * pods, and every node that may run is healthy a round later. A pod that is broken stays so until it is made anew.
 */
export class PlannerModel {
  snapshot: ClusterSnapshot;
  readonly #engine: ControllerEngine;
  /** By the name of their ControllerRevision. */
  readonly #templates = new Map<string, Template>();
  #pods = 0;

  /** `version` is that of the pods which were made before. */
  constructor(snapshot: ClusterSnapshot, engine: ControllerEngine, version: string) {
    this.#engine = engine;
    this.snapshot = snapshot;
    for (const { pod } of snapshot.pools.flatMap(({ nodes }) => nodes)) {
      if (pod?.controllerRevision !== undefined && !this.#templates.has(pod.controllerRevision))
        this.#templates.set(pod.controllerRevision, { revision: pod.revision, parts: pod.revisionParts, version });
    }
    for (const pool of snapshot.pools) {
      const wish = wantedTemplate(snapshot, engine, pool);
      if (wish) this.#templates.set(wish.name, wish.template);
    }
  }

  /** Does what a plan says, and lets one round of the world pass. */
  round(decision: Plan): void {
    const { cluster } = this.snapshot;
    const annotations = { ...cluster.annotations, ...decision.clusterAnnotations };
    const status = { ...cluster.status, ...buildStatus(this.snapshot, decision, this.#engine) };
    this.snapshot = { ...this.snapshot, cluster: { ...cluster, annotations, status } };
    if (decision.clusterAnnotations === undefined) this.#perform(decision);
    this.snapshot = { ...this.snapshot, now: this.snapshot.now + ROUND_MS };
    this.snapshot = { ...this.snapshot, pools: this.snapshot.pools.map((pool) => this.#syncSet(pool)) };
    this.snapshot = this.#withReports(mapNodes(this.snapshot, (node) => this.#runNode(node)));
  }

  #perform({ objects, step }: Plan): void {
    for (const object of objects) this.#apply(object);
    for (const effect of step?.effects ?? []) {
      if (effect.do === 'apply') this.#apply(effect.object);
      // With the pod goes a claim that was deleted.
      else if (effect.do === 'deletePod') this.#change(effect.name, ({ pod: _pod, volumeDeletedAt: _at, ...node }) => node);
    }
  }

  #apply(object: KubeObject): void {
    if (object.kind === 'Pilot') this.#order(object.metadata.name, pilotSpecSchema.parse(object['spec']));
    if (object.kind !== 'StatefulSet') return;
    const pools = this.snapshot.pools.map((pool) =>
      pool.statefulSetName === object.metadata.name ? { ...pool, statefulSet: setView(pool, object as StatefulSet) } : pool,
    );
    this.snapshot = { ...this.snapshot, pools };
  }

  #order(name: string, spec: PilotSpec): void {
    this.#change(name, (node) => {
      const fresh = { uid: `pilot-${name}`, resourceVersion: '1', generation: 1, deleting: false };
      return { ...node, pilot: { ...(node.pilot ?? { ...fresh, status: { observedGeneration: 1 } }), spec } };
    });
  }

  #change(name: string, change: (node: NodeView) => NodeView): void {
    this.snapshot = mapNodes(this.snapshot, (node) => (node.name === name ? change(node) : node));
  }

  /** As the StatefulSet controller: missing pods are made, and one that is outdated goes, from the highest ordinal down. */
  #syncSet(pool: PoolView): PoolView {
    if (pool.statefulSet === undefined) return pool;
    const set = this.#observed(pool, pool.statefulSet);
    const isNew = (node: NodeView): boolean => node.pod?.controllerRevision === set.updateRevision;
    const held = pool.nodes.filter(({ ordinal }) => ordinal < set.replicas);
    const isComplete = held.every((node) => isNew(node) && isHealthy(node, this.snapshot.now)) && !set.onDelete;
    const statefulSet = { ...set, ...(isComplete ? { currentRevision: set.updateRevision } : {}) };
    const rolled = held.filter(({ ordinal }) => !set.onDelete && ordinal >= set.partition).toReversed();
    const stop = rolled.find((node) => !isNew(node) || !isHealthy(node, this.snapshot.now));
    const taken = stop?.pod !== undefined && !isNew(stop) ? stop : undefined;
    const nodes = pool.nodes.map(({ pod, ...node }): NodeView => {
      if (node.ordinal >= set.replicas || pod?.deleting === true || node.name === taken?.name) return node;
      return { ...node, pod: pod ?? this.#makePod(node, statefulSet) };
    });
    return { ...pool, statefulSet, nodes };
  }

  #observed({ statefulSetName }: PoolView, set: StatefulSetView): StatefulSetView {
    const name = nameOfRevision(statefulSetName, set.template ?? '');
    return { ...set, observed: true, updateRevision: this.#templates.has(name) ? name : set.updateRevision };
  }

  #makePod({ name, ordinal }: Pick<NodeView, 'name' | 'ordinal'>, set: StatefulSetView): PodView {
    this.#pods += 1;
    const controllerRevision = set.onDelete || ordinal >= set.partition ? set.updateRevision : set.currentRevision;
    const template = this.#templates.get(controllerRevision ?? '');
    return {
      uid: `${name}-pod-${this.#pods}`,
      resourceVersion: String(this.#pods),
      deleting: false,
      ready: false,
      revision: template?.revision,
      revisionParts: template?.parts,
      controllerRevision,
      createdAt: this.snapshot.now,
    };
  }

  #runNode(node: NodeView): NodeView {
    const { pod, pilot } = node;
    if (pod === undefined || pilot === undefined || pod.problem !== undefined) return node;
    const { view: _view, ...before } = pilot.status;
    const version = this.#templates.get(pod.controllerRevision ?? '')?.version;
    const isSame = before.podUid === pod.uid && before.phase === 'Running';
    const identity = { id: `id-${node.name}`, processId: `process-${pod.uid}`, address: `address-${pod.uid}` };
    const status: PilotStatus = {
      ...before,
      phase: 'Running',
      podUid: pod.uid,
      process: isSame ? before.process : { startedAt: iso(this.snapshot.now), restarts: 0 },
      ...(version === undefined ? {} : { version }),
      health: 'Healthy',
      identity: isSame ? before.identity : { ...before.identity, ...identity },
      heartbeatTime: iso(this.snapshot.now),
    };
    return { ...node, pod: { ...pod, ready: true }, pilot: { ...pilot, status } };
  }

  /** What is ordered for the whole cluster is in force by the next look. */
  #withReports(snapshot: ClusterSnapshot): ClusterSnapshot {
    return mapNodes(withViews(snapshot, this.#engine), (node) => {
      const { pilot } = node;
      const view = pilot?.status.view;
      if (pilot === undefined || view?.orders === undefined) return node;
      const orders = pilot.spec.orders ?? { emptied: [], voteless: [], restarting: [] };
      return { ...node, pilot: { ...pilot, status: { ...pilot.status, view: obeyed(view, orders, pilot.generation) } } };
    });
  }
}

/** The template that the spec asks for, under the name that its ControllerRevision gets here. */
export function wantedTemplate(
  snapshot: ClusterSnapshot,
  engine: ControllerEngine,
  { spec, statefulSetName }: PoolView,
): { readonly name: string; readonly hash: string; readonly template: Template } | undefined {
  if (spec === undefined) return undefined;
  const { cluster } = snapshot;
  const hash = templateHash({ snapshot, engine, pool: spec });
  const revision = revisionOf(cluster, spec, engine);
  const template = { revision, parts: revisionParts(cluster, spec, engine), version: cluster.spec.version };
  return { name: nameOfRevision(statefulSetName, hash), hash, template };
}

function nameOfRevision(statefulSet: string, hash: string): string {
  return `${statefulSet}-of-${hash}`;
}

function setView({ statefulSet, statefulSetName }: PoolView, { spec, metadata }: StatefulSet): StatefulSetView {
  const template = metadata.annotations?.[ANNOTATIONS.template];
  const revision = nameOfRevision(statefulSetName, template ?? '');
  const onDelete = spec?.updateStrategy?.type === 'OnDelete';
  const replicas = spec?.replicas ?? 1;
  const base = statefulSet ?? {
    uid: `uid-${statefulSetName}`,
    resourceVersion: '1',
    createdAt: 0,
    currentRevision: revision,
    updateRevision: revision,
    deleting: false,
  };
  const partition = onDelete ? replicas : (spec?.updateStrategy?.rollingUpdate?.partition ?? 0);
  return { ...base, observed: false, replicas, partition, onDelete, template };
}
