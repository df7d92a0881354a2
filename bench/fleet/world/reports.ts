import { isDeepStrictEqual } from 'node:util';
import { LABELS, type Member, type PilotStatus } from '@navigator/api-types';
import type { KubeObject, Pod } from '@navigator/kube';

/** What each pilot would report, given that its database runs: everybody sees everybody who was ordered to run. */
export function reportsOf(pilots: readonly KubeObject[], pods: readonly Pod[]): readonly (readonly [KubeObject, PilotStatus])[] {
  const running = pilots.flatMap((pilot) => {
    const pod = pods.find(({ metadata }) => metadata.name === pilot.metadata.name);
    return pod === undefined ? [] : [{ pilot, pod }];
  });
  const members = running.map(({ pod }) => memberOf(pod)).toSorted((a, b) => a.id.localeCompare(b.id));
  return running.map(({ pilot, pod }) => [pilot, reportOf(pilot, pod, members)] as const);
}

/** Whether both say the same, apart from when. */
export function sameReport(a: PilotStatus | undefined, b: PilotStatus): boolean {
  return a !== undefined && isDeepStrictEqual(a, b);
}

function reportOf(pilot: KubeObject, pod: Pod, members: Member[]): PilotStatus {
  const isElastic = pod.metadata.labels?.[LABELS.kind] === 'ElasticsearchCluster';
  const me = memberOf(pod);
  const isFirst = members[0]?.id === me.id;
  const bytes = 1_234_567;
  return {
    observedGeneration: pilot.metadata.generation ?? 0,
    phase: 'Running',
    podUid: pod.metadata.uid ?? '',
    pilotVersion: '0.1.0',
    // Long enough ago that reports may speak of it.
    process: { startedAt: new Date(Date.parse(pod.metadata.creationTimestamp ?? '') - 60_000).toISOString(), restarts: 0 },
    version: me.version ?? '',
    health: 'Healthy',
    data: { bytes, documents: 1000, shards: 2 },
    dataSummary: '1.2Mi',
    identity: { id: me.id, address: me.address ?? '' },
    view: {
      clusterId: `uuid-of-${pod.metadata.labels?.[LABELS.cluster]}`,
      ...(isElastic ? { health: 'Green' as const } : {}),
      authoritative: isElastic && isFirst,
      members: isElastic && !isFirst ? [] : members,
      schemaVersions: isElastic ? [] : ['8f1ee6a5-1d17-3d2b-8a5a-5b5a4f0d1c11'],
    },
  };
}

/** Identity stays with the name (the volume), the address with the pod. */
function memberOf({ metadata, spec }: Pod): Member {
  return {
    id: `id-of-${metadata.name}`,
    name: metadata.name,
    address: `address-of-${metadata.uid}`,
    state: 'Up',
    version: spec?.containers[0]?.image?.split(':').at(-1) ?? '',
  };
}
