import { type ElasticsearchPilotConfig, hasNativeRealm, OWN_REALMS } from '@navigator/api-types';
import { CERTIFICATE_FILES } from './security-files.ts';

/** A value of elasticsearch.yml. */
export type SettingValue = string | number | boolean | readonly string[];
export type Settings = Readonly<Record<string, SettingValue>>;

/** What this build and this machine have. A build refuses to start on a setting that it does not know. */
export interface Platform {
  /** Names of the folders in `modules`: which settings exist depends on them. */
  readonly modules: readonly string[];
  /** vm.max_map_count of the kernel; undefined when it cannot be read. */
  readonly maxMapCount: number | undefined;
}

export interface SettingsInput {
  readonly config: ElasticsearchPilotConfig;
  readonly podName: string;
  readonly podIp: string;
  readonly nodeName: string;
  /** Zone of the Kubernetes node, where it is known. */
  readonly zone?: string | undefined;
  readonly dataPath: string;
  readonly logsPath: string;
  readonly platform: Platform;
  /** Names of the nodes that form the cluster; undefined for a node that may only join. */
  readonly initialMembers: readonly string[] | undefined;
}

/** The module without which there is neither TLS nor a user. */
export const SECURITY_MODULE = 'x-pack-security';

/** Elasticsearch's bootstrap check on mmap; below it a node that serves others does not start. */
const MIN_MAP_COUNT = 262_144;

/** Content of elasticsearch.yml. Pure. */
export function buildSettings(input: SettingsInput): Settings {
  const { config, podName, podIp, nodeName, zone, platform, initialMembers } = input;
  return {
    // Never two copies of a shard on one machine while another machine can take one.
    'cluster.routing.allocation.awareness.attributes': 'k8s_node_name',
    ...platformSettings(platform),
    // What stands above is a default; what stands below is not the user's to set, and admission refuses it.
    ...config.settings,
    'cluster.name': config.clusterName,
    'node.name': podName,
    'node.roles': config.roles,
    'node.attr.k8s_node_name': nodeName,
    ...(zone === undefined ? {} : { 'node.attr.zone': zone }),
    'path.data': input.dataPath,
    'path.logs': input.logsPath,
    'network.host': '0.0.0.0',
    // The address, not a name: other nodes learn it anew from the seed Service and the cluster state after each restart.
    'network.publish_host': podIp,
    'http.port': 9200,
    'transport.port': 9300,
    'discovery.seed_hosts': [config.seedService],
    ...(initialMembers === undefined ? {} : { 'cluster.initial_master_nodes': initialMembers }),
    ...securitySettings(platform, config),
  };
}

function platformSettings({ modules, maxMapCount }: Platform): Settings {
  const fewMaps = maxMapCount === undefined || maxMapCount < MIN_MAP_COUNT;
  return {
    ...(fewMaps ? { 'node.store.allow_mmap': false } : {}),
    // It would fetch databases from the internet unasked.
    ...(modules.includes('ingest-geoip') ? { 'ingest.geoip.downloader.enabled': false } : {}),
  };
}

/** Off, it is open to whoever reaches the port, guarded by the NetworkPolicy only. */
function securitySettings({ modules }: Platform, { security, settings }: ElasticsearchPilotConfig): Settings {
  if (security === undefined) return modules.includes(SECURITY_MODULE) ? { 'xpack.security.enabled': false } : {};
  const { nodes, http } = CERTIFICATE_FILES;
  return {
    'xpack.security.enabled': true,
    // Its users live in an index, with a password that somebody would have to set: the file realm has them all.
    'xpack.security.authc.reserved_realm.enabled': false,
    ...realmSettings(settings),
    'xpack.security.http.ssl.enabled': true,
    'xpack.security.http.ssl.certificate': http.certificate,
    'xpack.security.http.ssl.key': http.key,
    'xpack.security.transport.ssl.enabled': true,
    // Whoever has a certificate of the cluster's own authority is one of its nodes, at whatever address.
    'xpack.security.transport.ssl.verification_mode': 'certificate',
    'xpack.security.transport.ssl.certificate': nodes.certificate,
    'xpack.security.transport.ssl.key': nodes.key,
    'xpack.security.transport.ssl.certificate_authorities': [nodes.authority],
  };
}

/**
 * 7.17 has the file realm and the native one by itself only while no realm is configured (Realms.initRealms), so one of the
 * user's would lock all others out, the pilot too. They are named as Elasticsearch names them, and asked before the user's
 * own. Of either kind there may be one only: a native realm of the user's stays as he has it.
 */
function realmSettings(settings: ElasticsearchPilotConfig['settings']): Settings {
  const { file, native } = OWN_REALMS;
  return {
    [file.setting]: file.order,
    ...(hasNativeRealm(settings) ? {} : { [native.setting]: native.order }),
  };
}

/** elasticsearch.yml as text: every JSON value is a YAML value, so nothing needs quoting rules. */
export function renderSettings(settings: Settings): string {
  const lines = Object.entries(settings).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return `# Written by the Navigator pilot at each start; changes are lost.\n${lines.join('\n')}\n`;
}
