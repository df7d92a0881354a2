import {
  ANNOTATIONS,
  childName,
  PILOT_ENV,
  PILOT_NODE_FLAGS,
  PILOT_ONLY_ENV,
  PILOT_PATHS,
  PILOT_PORT,
  roleLabel,
} from '@navigator/api-types';
import type { StatefulSet } from '@navigator/kube';
import type { ControllerEngine, DatabasePod, Preparation } from '../engines/engine.ts';
import type { ClusterRecord, ClusterSnapshot, NodePoolBase } from '../snapshot.ts';
import { buildResources } from './container-resources.ts';
import { childLabels, PILOT_WORD } from './labels.ts';
import { containerSecurityContext, podSecurityContext } from './pod-security.ts';
import type { Container, EnvVar, PodSpec } from './pod-types.ts';
import { livenessProbe, readinessProbe, startupProbe } from './probes.ts';
import { revisionParts } from './revision-parts.ts';
import { revisionOf } from './revision.ts';
import { buildSpread } from './spread.ts';
import { buildVolumeMounts, buildVolumes, INSTALL_PATH, preparationMounts, SHARED_VOLUME } from './volumes.ts';

export interface PoolInput {
  readonly snapshot: ClusterSnapshot;
  readonly engine: ControllerEngine;
  readonly pool: NodePoolBase;
}

type PodTemplate = NonNullable<StatefulSet['spec']>['template'];

/**
 * The pod of a database node: an init container brings the pilot, the stock image runs it. Fields that the API server
 * would default are written out, so that a live object can be compared with it field by field.
 */
export function buildPodTemplate(input: PoolInput): PodTemplate {
  const { snapshot, engine, pool } = input;
  const { cluster } = snapshot;
  const database = engine.describePod(cluster, pool);
  const roles = Object.fromEntries(database.roles.map((role) => [roleLabel(role), 'true']));
  return {
    metadata: {
      labels: { ...childLabels(cluster, engine, pool.name), ...roles },
      annotations: {
        [ANNOTATIONS.revision]: revisionOf(cluster, pool, engine),
        [ANNOTATIONS.revisionParts]: revisionParts(cluster, pool, engine),
      },
    },
    spec: buildPodSpec(input, database),
  };
}

function buildPodSpec({ snapshot, engine, pool }: PoolInput, database: DatabasePod): PodSpec {
  const { cluster } = snapshot;
  const { image } = cluster.spec;
  return {
    serviceAccountName: childName(engine.childPrefix, cluster.name, PILOT_WORD),
    automountServiceAccountToken: false,
    // Hundreds of Services would else become thousands of environment variables of the database.
    enableServiceLinks: false,
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    terminationGracePeriodSeconds: database.terminationGraceSeconds,
    securityContext: podSecurityContext(database),
    ...(image.pullSecrets.length === 0 ? {} : { imagePullSecrets: image.pullSecrets.map((name) => ({ name })) }),
    ...(Object.keys(pool.nodeSelector).length === 0 ? {} : { nodeSelector: pool.nodeSelector }),
    ...(pool.tolerations.length === 0 ? {} : { tolerations: pool.tolerations.map(toleration) }),
    ...buildSpread(cluster, pool),
    initContainers: [
      buildInstaller(snapshot.settings.pilotImage, cluster.spec.image.pullPolicy),
      ...(database.preparations ?? []).map((preparation) => buildPreparation(imageOf(cluster, database), preparation)),
    ],
    containers: [buildDatabase({ snapshot, engine, pool }, database)],
    volumes: buildVolumes(database, pool),
  };
}

const TERMINATION_MESSAGE = { terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'FallbackToLogsOnError' };

/** Copies the pilot into the shared volume. It writes a hundred MB once; memory is for the copy's page cache. */
function buildInstaller(image: string, imagePullPolicy: string): Container {
  return {
    name: 'install-pilot',
    image,
    imagePullPolicy,
    command: [`${PILOT_PATHS.shared}/node`, `${PILOT_PATHS.shared}/pilot.js`, 'install', INSTALL_PATH],
    resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } },
    securityContext: containerSecurityContext(),
    volumeMounts: [{ name: SHARED_VOLUME, mountPath: INSTALL_PATH }],
    ...TERMINATION_MESSAGE,
  };
}

/** A JVM that fetches files. */
function buildPreparation(image: Pick<Container, 'image' | 'imagePullPolicy'>, preparation: Preparation): Container {
  return {
    name: preparation.name,
    ...image,
    command: [...preparation.command],
    resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '512Mi' } },
    securityContext: containerSecurityContext(),
    volumeMounts: preparationMounts(preparation),
    ...TERMINATION_MESSAGE,
  };
}

function imageOf({ spec }: ClusterRecord, database: DatabasePod): Required<Pick<Container, 'image' | 'imagePullPolicy'>> {
  const { image, version } = spec;
  return { image: `${image.repository ?? database.repository}:${version}`, imagePullPolicy: image.pullPolicy };
}

/** The database container: tini reaps, the pilot gates and runs the image's own entrypoint. */
function buildDatabase({ snapshot, engine, pool }: PoolInput, database: DatabasePod): Container {
  const shared = PILOT_PATHS.shared;
  return {
    name: engine.name,
    ...imageOf(snapshot.cluster, database),
    command: [`${shared}/tini`, '--', `${shared}/node`, ...PILOT_NODE_FLAGS, `${shared}/pilot.js`, 'run'],
    env: buildEnv(engine, database),
    ports: [
      ...database.ports.map((port) => ({ ...port, protocol: 'TCP' })),
      { name: 'pilot', containerPort: PILOT_PORT, protocol: 'TCP' },
    ],
    resources: buildResources(pool),
    securityContext: containerSecurityContext(),
    volumeMounts: buildVolumeMounts(database),
    startupProbe: startupProbe(),
    readinessProbe: readinessProbe(),
    livenessProbe: livenessProbe(),
    ...TERMINATION_MESSAGE,
  };
}

function buildEnv(engine: ControllerEngine, database: DatabasePod): EnvVar[] {
  return [
    { name: PILOT_ENV.engine, value: engine.name },
    { name: PILOT_ENV.config, value: JSON.stringify(database.pilotConfig) },
    ...Object.entries(PILOT_ONLY_ENV).map(([name, value]) => ({ name, value })),
    fromField(PILOT_ENV.podName, 'metadata.name'),
    fromField(PILOT_ENV.podNamespace, 'metadata.namespace'),
    fromField(PILOT_ENV.podUid, 'metadata.uid'),
    fromField(PILOT_ENV.podIp, 'status.podIP'),
    fromField(PILOT_ENV.nodeName, 'spec.nodeName'),
    fromField(PILOT_ENV.zone, "metadata.labels['topology.kubernetes.io/zone']"),
  ];
}

function fromField(name: string, fieldPath: string): EnvVar {
  return { name, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } };
}

function toleration(given: NodePoolBase['tolerations'][number]): NonNullable<PodSpec['tolerations']>[number] {
  const { key, operator, value, effect, tolerationSeconds } = given;
  return {
    ...(key === undefined ? {} : { key }),
    ...(operator === undefined ? {} : { operator }),
    ...(value === undefined ? {} : { value }),
    ...(effect === undefined ? {} : { effect }),
    ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }),
  };
}
