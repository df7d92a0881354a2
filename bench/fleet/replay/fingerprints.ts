import { ANNOTATIONS } from '@navigator/api-types';
import {
  APPLIED_HASH_ANNOTATION,
  type KubeObject,
  type PersistentVolumeClaim,
  type Pod,
  type StatefulSet,
  wishHash,
} from '@navigator/kube';
import type { Annotations } from './copies.ts';
import {
  bindingHash,
  type ClusterSnapshot,
  engineOfKind,
  namesHash,
  observe,
  plan,
  type WantedSecrets,
} from '../../../packages/controller/src/lab.ts';

/** Pods copy the pilot from it; the controller is started with the same one. */
export const PILOT_IMAGE = 'registry.test/navigator-pilot:1';

/**
 * What the controller would have stamped on each of a cluster's children, by `Kind/name`. Decided twice: whether a set has
 * its template is told by an annotation, which is of the recorded name the first time.
 */
export function fingerprintsOf(objects: readonly string[]): Annotations {
  const parsed = objects.map((text) => JSON.parse(text) as KubeObject);
  const first = annotationsOf(parsed);
  return annotationsOf(parsed.map((object) => annotated(object, first.get(`${object.kind}/${object.metadata.name}`))));
}

/** The object with these annotations besides its own. */
export function annotated(object: KubeObject, annotations: Readonly<Record<string, string>> | undefined): KubeObject {
  if (annotations === undefined) return object;
  return { ...object, metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...annotations } } };
}

function annotationsOf(parsed: readonly KubeObject[]): Annotations {
  const cluster = parsed.find(({ kind }) => kind.endsWith('Cluster'));
  const engine = cluster === undefined ? undefined : engineOfKind(cluster.kind);
  if (cluster === undefined || engine === undefined) return new Map();
  const of = <T extends KubeObject>(kind: string): T[] => parsed.filter((object) => object.kind === kind) as T[];
  const snapshot = observe({
    now: Math.max(...of('Pilot').map(heartbeatOf)),
    settings: { pilotImage: PILOT_IMAGE },
    engine,
    cluster,
    statefulSets: of<StatefulSet>('StatefulSet'),
    pods: of<Pod>('Pod'),
    pilots: of('Pilot'),
    claims: of<PersistentVolumeClaim>('PersistentVolumeClaim'),
    secrets: of('Secret'),
  });
  const wished = plan(snapshot, engine).objects;
  const children = wished.map((object): Annotated => [
    `${object.kind}/${object.metadata.name}`,
    { ...object.metadata.annotations, [APPLIED_HASH_ANNOTATION]: wishHash(object) },
  ]);
  return new Map([...children, ...secretsOf(snapshot, engine.secrets(snapshot.cluster))]);
}

type Annotated = readonly [string, Readonly<Record<string, string>>];

/** A certificate is of the cluster's names, and a binding of what the other Secrets were. */
function secretsOf({ secrets }: ClusterSnapshot, wanted: WantedSecrets | undefined): readonly Annotated[] {
  if (wanted === undefined) return [];
  const { certificate, binding } = wanted;
  const sources = [binding.user, certificate.name].flatMap((name) => secrets.filter((secret) => secret.name === name));
  return [
    [`Secret/${certificate.name}`, { [ANNOTATIONS.names]: namesHash(certificate.names) }],
    [`Secret/${binding.name}`, { [ANNOTATIONS.madeFrom]: bindingHash(binding, sources) }],
  ];
}

function heartbeatOf(pilot: KubeObject): number {
  return Date.parse((pilot['status'] as { heartbeatTime?: string } | undefined)?.heartbeatTime ?? '') || 0;
}
