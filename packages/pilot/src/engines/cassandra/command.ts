import type { Command } from '../engine.ts';
import type { NodeSettings } from './cassandra-yaml.ts';
import type { RunFolders } from './config-files.ts';
import { JOLOKIA_ACCESS_FILE } from './jolokia-access.ts';
import { JOLOKIA_PORT } from './paths.ts';

export interface CommandFacts {
  readonly settings: NodeSettings;
  readonly folders: RunFolders;
  readonly sharedDir: string;
  readonly resetBootstrap: boolean;
}

const MIB = 1024 * 1024;

/** What to run: the official image's entrypoint with its usual arguments. */
export function buildCommand(facts: CommandFacts): Command {
  return {
    file: 'docker-entrypoint.sh',
    args: ['cassandra', '-f'],
    env: { ...entrypointEnv(facts.settings), ...jvmEnv(facts), CASSANDRA_CONF: facts.folders.conf, TMPDIR: facts.folders.tmp },
  };
}

/**
 * The entrypoint writes these variables into cassandra.yaml with sed, and has defaults of its own for some: without
 * CASSANDRA_SEEDS it makes every node its own seed. So it gets our values for all that it knows.
 */
function entrypointEnv({ config, podIp, seeds }: NodeSettings): Record<string, string> {
  return {
    CASSANDRA_CLUSTER_NAME: config.clusterName,
    CASSANDRA_SEEDS: seeds.join(','),
    CASSANDRA_LISTEN_ADDRESS: podIp,
    CASSANDRA_BROADCAST_ADDRESS: podIp,
    CASSANDRA_RPC_ADDRESS: '0.0.0.0',
    CASSANDRA_BROADCAST_RPC_ADDRESS: podIp,
    CASSANDRA_ENDPOINT_SNITCH: 'GossipingPropertyFileSnitch',
    CASSANDRA_DC: config.datacenter,
    CASSANDRA_RACK: config.rack,
  };
}

/**
 * cassandra-env.sh sizes the heap from the machine's memory, not the container's, so both sizes are given; the young one
 * counts with CMS only (4.x). JMX stays local (LOCAL_JMX), as nodetool in the pod expects it on 7199; the Jolokia agent is
 * the second door. It rides on JVM_EXTRA_OPTS, which reaches the server only: nodetool puts its own JVM_OPTS back.
 */
function jvmEnv({ settings, folders, sharedDir, resetBootstrap }: CommandFacts): Record<string, string> {
  const heapMib = Math.max(1, Math.floor(settings.config.heapBytes / MIB));
  const options = [
    `-javaagent:${sharedDir}/lib/jolokia.jar=${jolokiaOptions(folders)}`,
    `-Djava.io.tmpdir=${folders.tmp}`,
    `-Djna.tmpdir=${folders.tmp}`,
    ...(resetBootstrap ? ['-Dcassandra.reset_bootstrap_progress=true'] : []),
  ];
  return {
    MAX_HEAP_SIZE: `${heapMib}M`,
    HEAP_NEWSIZE: `${Math.max(1, Math.floor(heapMib / 4))}M`,
    LOCAL_JMX: 'yes',
    CASSANDRA_LOG_DIR: folders.logs,
    JVM_EXTRA_OPTS: options.join(' '),
  };
}

/** Several threads: with one, the default, a drain would shut out every look until it is done. */
function jolokiaOptions({ conf }: RunFolders): string {
  const listen = `host=127.0.0.1,port=${JOLOKIA_PORT},discoveryEnabled=false`;
  return `${listen},executor=fixed,threadNr=3,policyLocation=file://${conf}/${JOLOKIA_ACCESS_FILE}`;
}
