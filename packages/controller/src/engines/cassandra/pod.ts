import type { CassandraPilotConfig } from '@navigator/api-types';
import { heapBytes } from '../../resources/heap.ts';
import { podDomain } from '../../resources/labels.ts';
import type { NodePoolBase } from '../../snapshot.ts';
import type { ControllerEngine, DatabasePod } from '../engine.ts';
import { CQL_PORT, INTERNODE_PORT } from './objects.ts';
import { DATA_CLAIM, poolOf, rackOf, type CassandraCluster } from './pools.ts';

/** Chunk cache, bloom filters, network buffers, metaspace and code cache of Cassandra. */
const OUTSIDE_HEAP_BYTES = 512 * 1024 * 1024;

/** Cassandra's part of the pod, for the official image, unchanged. */
export function describePod(cluster: CassandraCluster, base: NodePoolBase, engine: ControllerEngine): DatabasePod {
  const pool = poolOf(cluster, base.name);
  return {
    repository: 'docker.io/library/cassandra',
    // The image's own user and group.
    uid: 999,
    gid: 999,
    ports: [
      { name: 'cql', containerPort: CQL_PORT },
      { name: 'intra', containerPort: INTERNODE_PORT },
    ],
    data: { claim: DATA_CLAIM, mountPath: '/var/lib/cassandra' },
    writable: ['/var/log/cassandra'],
    roles: [],
    pilotConfig: {
      // The only mark by which a node tells its ring from a stranger at a re-used address. No name of Kubernetes has a "_".
      clusterName: `${cluster.namespace}_${cluster.name}`,
      datacenter: cluster.spec.datacenter,
      rack: rackOf(pool),
      heapBytes: heapBytes(pool, OUTSIDE_HEAP_BYTES),
      podDomain: podDomain(cluster, engine),
    } satisfies CassandraPilotConfig,
    // A drain writes every memtable to disk.
    terminationGraceSeconds: 300,
  };
}
