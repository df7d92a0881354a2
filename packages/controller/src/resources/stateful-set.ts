import { ANNOTATIONS, childName } from '@navigator/api-types';
import type { StatefulSet } from '@navigator/kube';
import { childLabels, nodesServiceName, ownedBy, poolSelector } from './labels.ts';
import { buildPodTemplate, type PoolInput } from './pod-template.ts';
import { canonicalQuantity } from './quantity.ts';
import type { ClusterSpecBase, NodePoolBase } from '../snapshot.ts';
import { canonicalJson, hashOf } from './revision.ts';

export interface StatefulSetInput extends PoolInput {
  readonly replicas: number;
  /** Ordinals from here on take the template; at rest it equals `replicas`, and nothing does. */
  readonly partition: number;
  /** No pod is replaced, and a missing one is made from the template: see guards/roll.ts. Default false. */
  readonly onDelete?: boolean;
}

/** Hash of a pool's pod template: of all that is in it, unlike the revision, which knows only what the user asked for. */
export function templateHash(input: PoolInput): string {
  const { snapshot, pool } = input;
  const { spec, namespace, name } = snapshot.cluster;
  const known = hashes.get(spec) ?? new WeakMap<NodePoolBase, Known>();
  hashes.set(spec, known);
  const before = known.get(pool);
  const of = [snapshot.settings.pilotImage, namespace, name].join(' ');
  if (before?.of === of) return before.hash;
  const hash = hashOf(canonicalJson(buildPodTemplate(input)));
  known.set(pool, { of, hash });
  return hash;
}

/** A hash, with what else than the spec the template is made from. */
interface Known {
  readonly of: string;
  readonly hash: string;
}

/** Asked several times a pass, and a spec is parsed once. */
const hashes = new WeakMap<ClusterSpecBase, WeakMap<NodePoolBase, Known>>();

/** The StatefulSet of one pool. What is immutable in it (selector, serviceName, claims) must never depend on a release. */
export function buildStatefulSet(input: StatefulSetInput): StatefulSet {
  const { snapshot, engine, pool, replicas, partition } = input;
  const { cluster } = snapshot;
  const template = buildPodTemplate(input);
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: {
      name: childName(engine.childPrefix, cluster.name, pool.name),
      namespace: cluster.namespace,
      labels: childLabels(cluster, engine, pool.name),
      annotations: { [ANNOTATIONS.template]: templateHash(input) },
      ownerReferences: [ownedBy(cluster)],
    },
    spec: {
      replicas,
      serviceName: nodesServiceName(cluster, engine),
      // All pods start at once; which of them run a database is decided by their Pilots.
      podManagementPolicy: 'Parallel',
      updateStrategy: input.onDelete ? { type: 'OnDelete' } : { type: 'RollingUpdate', rollingUpdate: { partition } },
      // Volumes outlive the StatefulSet, whoever deletes it: only the cluster object decides about data.
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      revisionHistoryLimit: 10,
      selector: { matchLabels: poolSelector(cluster, pool.name) },
      template,
      ...(pool.persistence.enabled ? { volumeClaimTemplates: [buildClaimTemplate(input)] } : {}),
    },
  };
}

type ClaimTemplate = NonNullable<NonNullable<StatefulSet['spec']>['volumeClaimTemplates']>[number];

/** A claim template cannot be changed, so as long as the StatefulSet lives it is the one that it was made with. */
function buildClaimTemplate({ snapshot, engine, pool }: StatefulSetInput): ClaimTemplate {
  const { storageClass } = pool.persistence;
  const size = snapshot.pools.find(({ name }) => name === pool.name)?.statefulSet?.claimSize ?? pool.persistence.size;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: engine.describePod(snapshot.cluster, pool).data.claim,
      labels: childLabels(snapshot.cluster, engine, pool.name),
    },
    spec: {
      accessModes: ['ReadWriteOnce'],
      volumeMode: 'Filesystem',
      resources: { requests: { storage: canonicalQuantity(size) } },
      ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
    },
  };
}
