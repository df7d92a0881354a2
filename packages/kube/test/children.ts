import type { KubeObject } from '../src/index.ts';

const name = 'es-demo-mixed';
const labels = { 'app.kubernetes.io/managed-by': 'navigator', 'navigator.dev/cluster': 'demo' };

/** The children that Navigator makes for a cluster, with the traps for comparisons that real ones have. */
export function children(
  namespace: string,
  ownerReferences: NonNullable<KubeObject['metadata']['ownerReferences']>,
): KubeObject[] {
  const metadata = { name, namespace, labels, ownerReferences };
  const podSpec = {
    serviceAccountName: name,
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 120,
    securityContext: { runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    initContainers: [
      {
        name: 'pilot',
        image: 'pilot:1',
        command: ['/copy'],
        volumeMounts: [{ name: 'pilot', mountPath: '/pilot' }],
        resources: { limits: { cpu: 1, memory: '67108864' } },
      },
    ],
    containers: [
      {
        name: 'elasticsearch',
        image: 'elasticsearch:8.15.0',
        command: ['/pilot/tini', '--', '/pilot/node'],
        args: [],
        tty: false,
        env: [
          { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'EMPTY', value: '' },
          { name: 'MEMORY', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
        ],
        ports: [
          { name: 'http', containerPort: 9200 },
          { name: 'transport', containerPort: 9300, protocol: 'TCP' },
        ],
        // The server normalises: 0.5 to 500m, 1 to "1"; 1024Mi stays.
        resources: { requests: { cpu: '0.5', memory: '1024Mi' }, limits: { memory: '1.5Gi', cpu: 1 } },
        readinessProbe: { httpGet: { path: '/ready', port: 'probes' }, periodSeconds: 5, initialDelaySeconds: 0 },
        livenessProbe: { httpGet: { path: '/live', port: 12_000 } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          privileged: false,
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: [
          { name: 'data', mountPath: '/data' },
          { name: 'pilot', mountPath: '/pilot', readOnly: true },
          { name: 'config', mountPath: '/config', readOnly: false },
        ],
      },
    ],
    volumes: [
      { name: 'pilot', emptyDir: {} },
      { name: 'logs', emptyDir: { sizeLimit: '0.5Gi' } },
      { name: 'config', configMap: { name } },
      {
        name: 'token',
        projected: { sources: [{ serviceAccountToken: { path: 'token', audience: 'navigator', expirationSeconds: 3600 } }] },
      },
    ],
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 1, podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: labels } } },
        ],
      },
    },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'topology.kubernetes.io/zone',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: labels },
      },
    ],
    tolerations: [],
    nodeSelector: { 'kubernetes.io/os': 'linux' },
  };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata,
      spec: {
        serviceName: name,
        replicas: 3,
        podManagementPolicy: 'Parallel',
        selector: { matchLabels: labels },
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 3 } },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
        template: { metadata: { labels, annotations: { 'navigator.dev/revision': 'abc' } }, spec: podSpec },
        volumeClaimTemplates: [
          {
            metadata: { name: 'data', labels },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10240Mi' } } },
          },
        ],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: {
        clusterIP: 'None',
        publishNotReadyAddresses: true,
        selector: labels,
        ports: [
          { name: 'http', port: 9200 },
          { name: 'transport', port: 9300, targetPort: 'transport' },
        ],
      },
    },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata, automountServiceAccountToken: false },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata,
      rules: [
        { apiGroups: ['navigator.dev'], resources: ['pilots/status'], resourceNames: [`${name}-0`], verbs: ['get', 'patch'] },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata,
      spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata,
      spec: {
        podSelector: { matchLabels: labels },
        policyTypes: ['Ingress'],
        ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 9200 }] }, { from: [{ podSelector: { matchLabels: labels } }] }],
      },
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'elasticsearch.yml': 'cluster.name: demo\n', empty: '' } },
    { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data: { password: 'c2VjcmV0' } },
  ];
}
