import type { CassandraPilotConfig, PilotSpec } from '@navigator/api-types';
import type { Marker } from '../marker.ts';

export const CONFIG: CassandraPilotConfig = {
  clusterName: 'demo',
  datacenter: 'dc1',
  rack: 'ring',
  heapBytes: 512 * 1024 * 1024,
  podDomain: 'cass-demo-nodes.shop.svc',
};

export const FIRST = 'cass-demo-ring-0';
export const SECOND = 'cass-demo-ring-1';

export function pilotSpec(change: Partial<PilotSpec> = {}): PilotSpec {
  return { cluster: { kind: 'CassandraCluster', name: 'demo' }, nodePool: 'ring', seeds: [FIRST, SECOND], ...change };
}

export function marker(change: Partial<Marker> = {}): Marker {
  return {
    format: 1,
    clusterName: 'demo',
    datacenter: 'dc1',
    rack: 'ring',
    pod: FIRST,
    firstStart: 'Seed',
    state: 'Joined',
    hostId: '7aaf336b-3531-4242-984f-b62df73192c4',
    ...change,
  };
}

/** An image's cassandra.yaml in small: set keys, keys that are examples in comments, seeds two levels deep. */
export const IMAGE_YAML = `# Storage settings of a node
cluster_name: 'Test Cluster'
num_tokens: 16
# data_file_directories:
#     - /somewhere/data
commitlog_sync: periodic
seed_provider:
    # Addresses of hosts that are contact points.
    - class_name: org.apache.cassandra.locator.SimpleSeedProvider
      parameters:
          # Ex: "<ip1>,<ip2>"
          - seeds: "127.0.0.1:7000"
listen_address: localhost
# broadcast_address: 1.2.3.4
rpc_address: localhost
# broadcast_rpc_address: 1.2.3.4
endpoint_snitch: SimpleSnitch
storage_compatibility_mode: CASSANDRA_4
`;
