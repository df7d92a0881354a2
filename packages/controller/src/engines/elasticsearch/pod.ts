import { type ElasticsearchPilotConfig, settingsOf } from '@navigator/api-types';
import { heapBytes } from '../../resources/heap.ts';
import { podDomain } from '../../resources/labels.ts';
import type { NodePoolBase } from '../../snapshot.ts';
import type { ControllerEngine, DatabasePod, Preparation } from '../engine.ts';
import { HTTP_PORT, TRANSPORT_PORT } from './objects.ts';
import { keystorePreparation, pilotSecurity, securityMounts } from './security.ts';
import { DATA_CLAIM, CLIENT_ROLE, isDedicatedMaster, poolOf, type ElasticsearchCluster } from './pools.ts';

/** Metaspace, code cache, threads and network buffers of Elasticsearch, measured beside a 400 MiB heap. */
const OUTSIDE_HEAP_BYTES = 384 * 1024 * 1024;

/** Elasticsearch's part of the pod, for the official image (docker.elastic.co), unchanged. */
export function describePod(cluster: ElasticsearchCluster, base: NodePoolBase, engine: ControllerEngine): DatabasePod {
  const pool = poolOf(cluster, base.name);
  const { plugins } = cluster.spec;
  const preparations = [...(plugins.length === 0 ? [] : [installPlugins(plugins)]), ...keystorePreparation(cluster)];
  return {
    repository: 'docker.elastic.co/elasticsearch/elasticsearch',
    // The image's own user; since 8.0 it says USER 1000:0, and its files belong to group 0.
    uid: 1000,
    gid: 0,
    ports: [
      { name: 'http', containerPort: HTTP_PORT },
      { name: 'transport', containerPort: TRANSPORT_PORT },
    ],
    data: { claim: DATA_CLAIM, mountPath: '/usr/share/elasticsearch/data' },
    writable: ['/usr/share/elasticsearch/logs'],
    secrets: securityMounts(cluster, engine),
    ...(preparations.length === 0 ? {} : { preparations }),
    roles: isDedicatedMaster(pool) ? pool.roles : [...pool.roles, CLIENT_ROLE],
    pilotConfig: {
      clusterName: cluster.name,
      roles: pool.roles,
      seedService: podDomain(cluster, engine),
      security: pilotSecurity(cluster),
      heapBytes: heapBytes(pool, OUTSIDE_HEAP_BYTES),
      settings: settingsOf(cluster.spec, pool),
      jvmOptions: pool.jvmOptions,
    } satisfies ElasticsearchPilotConfig,
    terminationGraceSeconds: 240,
  };
}

const PLUGINS = '/usr/share/elasticsearch/plugins';

/**
 * Plugins must be of exactly the version of Elasticsearch, so the image's own installer fetches them, into a folder that is
 * empty in the image. The kubelet may run this again in the same pod, and what is there already would be an error.
 */
function installPlugins(plugins: readonly string[]): Preparation {
  const script = `find ${PLUGINS} -mindepth 1 -delete && exec /usr/share/elasticsearch/bin/elasticsearch-plugin install --batch "$@"`;
  return { name: 'install-plugins', folder: PLUGINS, command: ['sh', '-c', script, 'install-plugins', ...plugins.toSorted()] };
}
