import { GROUP, VERSION } from '@navigator/api-types';
import { defineResource, type KubeObject, type Resource } from '@navigator/kube';

/** One kind of cluster, with the smallest manifest that has three nodes. */
export interface FleetKind {
  readonly resource: Resource;
  readonly prefix: string;
  readonly pool: string;
  readonly version: string;
  /** Last word of the Service for clients. */
  readonly service: string;
}

function kind(name: string, fields: Omit<FleetKind, 'resource'>): FleetKind {
  const plural = `${name.toLowerCase()}s`;
  return { resource: defineResource({ group: GROUP, version: VERSION, kind: name, plural }), ...fields };
}

/** Both kinds; clusters take turns. */
export const FLEET_KINDS = [
  kind('ElasticsearchCluster', { prefix: 'es', pool: 'mixed', version: '8.19.9', service: 'http' }),
  kind('CassandraCluster', { prefix: 'cass', pool: 'ring', version: '5.0.6', service: 'cql' }),
] as const;

/** One cluster of the fleet. */
export interface FleetCluster {
  readonly kind: FleetKind;
  readonly namespace: string;
  readonly name: string;
  /** `namespace/name` of its StatefulSet. */
  readonly statefulSet: string;
  /** Name of its Service for clients. */
  readonly service: string;
}

const PER_NAMESPACE = 50;

/** The clusters, half of each kind, fifty to a namespace: `<word>-0/<prefix>17`. */
export function fleetOf(count: number, { word = 'fleet', prefix = 'c' } = {}): readonly FleetCluster[] {
  return Array.from({ length: count }, (_, index) => {
    const type = FLEET_KINDS[index % 2 === 0 ? 0 : 1];
    const namespace = `${word}-${Math.floor(index / PER_NAMESPACE)}`;
    const name = `${prefix}${index}`;
    return {
      kind: type,
      namespace,
      name,
      statefulSet: `${namespace}/${type.prefix}-${name}-${type.pool}`,
      service: `${type.prefix}-${name}-${type.service}`,
    };
  });
}

/** The manifest: what cannot be left out, and the pool's name, so that children can be waited for by theirs. */
export function manifestOf({ kind: type, namespace, name }: FleetCluster): KubeObject {
  return {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: type.resource.kind,
    metadata: { name, namespace },
    spec: { version: type.version, nodePools: [{ name: type.pool, replicas: 3 }] },
  };
}
