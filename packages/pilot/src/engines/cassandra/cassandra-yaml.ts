import type { CassandraPilotConfig } from '@navigator/api-types';
import { parseDocument } from 'yaml';
import { CassandraImageError } from './errors.ts';

/** What is known only when the node starts. */
export interface NodeSettings {
  readonly config: CassandraPilotConfig;
  readonly podIp: string;
  readonly dataDir: string;
  readonly seeds: readonly string[];
}

/**
 * The image's cassandra.yaml with our settings; everything else, also num_tokens and the comments, stays as the image has it.
 * Folders are named one by one: without them Cassandra takes `cassandra.storagedir`, which is a link in the image.
 * @throws CassandraImageError when the image's file is not a YAML map.
 */
export function renderCassandraYaml(imageYaml: string, settings: NodeSettings): string {
  const wanted = nodeSettings(settings);
  const document = parseDocument(withoutExamples(imageYaml, Object.keys(wanted)));
  if (document.errors.length > 0 || typeof document.toJS() !== 'object') {
    throw new CassandraImageError("the image's cassandra.yaml is not a YAML map", document.errors[0]);
  }
  for (const [key, value] of Object.entries(wanted)) {
    document.set(key, document.createNode(value));
  }
  return document.toString({ lineWidth: 0 });
}

/** The entrypoint's sed also rewrites `# broadcast_address: 1.2.3.4`, an example in a comment: the key would be there twice. */
function withoutExamples(imageYaml: string, keys: readonly string[]): string {
  const example = new RegExp(`^# (${keys.join('|')}):.*\\n`, 'gm');
  return imageYaml.replaceAll(example, '');
}

function nodeSettings({ config, podIp, dataDir, seeds }: NodeSettings): Record<string, unknown> {
  return {
    cluster_name: config.clusterName,
    listen_address: podIp,
    broadcast_address: podIp,
    rpc_address: '0.0.0.0',
    broadcast_rpc_address: podIp,
    endpoint_snitch: 'GossipingPropertyFileSnitch',
    seed_provider: [{ class_name: 'org.apache.cassandra.locator.SimpleSeedProvider', parameters: [{ seeds: seeds.join(',') }] }],
    data_file_directories: [`${dataDir}/data`],
    commitlog_directory: `${dataDir}/commitlog`,
    hints_directory: `${dataDir}/hints`,
    saved_caches_directory: `${dataDir}/saved_caches`,
    cdc_raw_directory: `${dataDir}/cdc_raw`,
  };
}

/** Datacenter and rack as GossipingPropertyFileSnitch reads them. */
export function renderRackDc(config: CassandraPilotConfig): string {
  return `dc=${config.datacenter}\nrack=${config.rack}\n`;
}

/**
 * Logs to stdout only: the image's logback.xml also writes system.log and debug.log, up to 10 GB of them, into a folder
 * that is read-only here; the kubelet keeps and rotates what goes to stdout.
 */
export const LOGBACK_XML = `<configuration>
  <appender name="STDOUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder>
      <pattern>%-5level [%thread] %date{ISO8601} %F:%L - %msg%n</pattern>
    </encoder>
  </appender>
  <root level="INFO">
    <appender-ref ref="STDOUT"/>
  </root>
</configuration>
`;
