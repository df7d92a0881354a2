import { type KubeObject, controllerReference, type PersistentVolumeClaim, type Pod, type StatefulSet } from '@navigator/kube';

/** The pod that the StatefulSet controller would make. */
export function podOf(set: StatefulSet, ordinal: number): Pod {
  const { metadata, spec } = set;
  const name = `${metadata.name}-${ordinal}`;
  const template = spec?.template;
  const claims = (spec?.volumeClaimTemplates ?? []).map(({ metadata: claim }) => ({
    name: claim?.name ?? '',
    persistentVolumeClaim: { claimName: `${claim?.name}-${name}` },
  }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: metadata.namespace ?? '',
      labels: {
        ...template?.metadata?.labels,
        'apps.kubernetes.io/pod-index': String(ordinal),
        'controller-revision-hash': revisionOf(set),
        'statefulset.kubernetes.io/pod-name': name,
      },
      annotations: { ...template?.metadata?.annotations },
      ownerReferences: [controllerReference({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata })],
    },
    spec: {
      ...template?.spec,
      containers: template?.spec?.containers ?? [],
      hostname: name,
      volumes: [...(template?.spec?.volumes ?? []), ...claims],
    },
  };
}

/** The claims of that pod's volumes. */
export function claimsOf(set: StatefulSet, ordinal: number): readonly PersistentVolumeClaim[] {
  const { metadata, spec } = set;
  return (spec?.volumeClaimTemplates ?? []).map((template) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: `${template.metadata?.name}-${metadata.name}-${ordinal}`,
      namespace: metadata.namespace ?? '',
      labels: { ...template.metadata?.labels, ...spec?.selector.matchLabels },
    },
    spec: template.spec ?? {},
  }));
}

/** What the kubelet writes once the database serves. */
export function podStatus({ metadata }: Pod): object {
  const at = new Date().toISOString();
  const conditions = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
    type,
    status: 'True',
    lastTransitionTime: at,
  }));
  const image = { image: 'registry.test/database:1', imageID: `registry.test/database@sha256:${'0'.repeat(64)}` };
  const running = { ready: true, started: true, restartCount: 0, containerID: `containerd://${metadata.uid}`, ...image };
  return {
    phase: 'Running',
    hostIP: '10.1.0.1',
    podIP: '10.2.0.1',
    startTime: at,
    qosClass: 'Burstable',
    conditions,
    containerStatuses: [{ name: 'database', ...running, state: { running: { startedAt: at } }, lastState: {} }],
  };
}

/** Whether {@link podStatus} is there already. */
export function isPlayed({ status }: Pod): boolean {
  return status?.phase === 'Running';
}

/** What the StatefulSet controller would write, if it is not there yet. */
export function setStatus(set: StatefulSet, replicas: number): object | undefined {
  const { status, metadata } = set;
  if (status?.observedGeneration === metadata.generation && status?.replicas === replicas) return undefined;
  const revision = revisionOf(set);
  return {
    observedGeneration: metadata.generation ?? 0,
    replicas,
    readyReplicas: replicas,
    availableReplicas: replicas,
    currentReplicas: replicas,
    updatedReplicas: replicas,
    currentRevision: revision,
    updateRevision: revision,
    collisionCount: 0,
  };
}

function revisionOf({ metadata }: KubeObject): string {
  return `${metadata.name}-5d4f7b9c68`;
}
