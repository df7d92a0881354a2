import type { ElasticsearchPilotConfig, PilotSpec } from '@navigator/api-types';
import type { Command, NodeContext, NodeEngine, Observation, StartVerdict, VersionRules } from '../engine.ts';
import { readPlatform, writeConfig } from './config-files.ts';
import { drain } from './drain.ts';
import { LocalHttp } from './http.ts';
import { configPath, dataPath, type ElasticsearchPaths, logsPath, temporaryPath } from './paths.ts';
import { Probe } from './probe.ts';
import { buildSettings } from './settings.ts';
import { versionRules } from './version-rules.ts';
import { checkDataFolder, forgetForming, membersToForm } from './volume.ts';

/** Flush, and copies that are being built. */
const DRAIN_TIMEOUT_MS = 90_000;

/** One Elasticsearch node. */
export class ElasticsearchNode implements NodeEngine {
  readonly drainTimeoutMs = DRAIN_TIMEOUT_MS;
  readonly versions: VersionRules;
  readonly #node: NodeContext;
  readonly #config: ElasticsearchPilotConfig;
  readonly #paths: ElasticsearchPaths;
  readonly #http: LocalHttp;
  readonly #probe: Probe;
  #mayBeForming = true;

  constructor(
    node: NodeContext,
    config: ElasticsearchPilotConfig,
    options: { readonly paths: ElasticsearchPaths; readonly port: number },
  ) {
    this.#node = node;
    this.#config = config;
    this.#paths = options.paths;
    this.versions = versionRules(options.paths);
    this.#http = new LocalHttp('127.0.0.1', options.port);
    this.#probe = new Probe(this.#http);
  }

  /** Elasticsearch itself refuses data of another cluster; what it cannot do is start without its folder. */
  async checkVolume(_spec: PilotSpec, _signal: AbortSignal): Promise<StartVerdict> {
    await checkDataFolder(dataPath(this.#paths));
    return { start: true };
  }

  async prepare(spec: PilotSpec, _signal: AbortSignal): Promise<Command> {
    const { podName, podIp, nodeName } = this.#node;
    const isMaster = this.#config.roles.includes('master');
    const settings = buildSettings({
      config: this.#config,
      podName,
      podIp,
      nodeName,
      dataPath: dataPath(this.#paths),
      logsPath: logsPath(this.#paths),
      platform: await readPlatform(this.#paths),
      initialMembers: await membersToForm(dataPath(this.#paths), spec, { podName, isMaster }),
    });
    await writeConfig(this.#paths, settings, this.#config.heapBytes);
    // `eswrapper` is what the official image's entrypoint is given by default.
    const env = { ES_PATH_CONF: configPath(this.#paths), ES_TMPDIR: temporaryPath(this.#paths) };
    return { file: this.#paths.entrypoint, args: ['eswrapper'], env };
  }

  async observe(signal: AbortSignal): Promise<Observation> {
    const observation = await this.#probe.observe(signal);
    if (this.#mayBeForming && this.#probe.hasFormed) {
      await forgetForming(dataPath(this.#paths));
      this.#mayBeForming = false;
    }
    return observation;
  }

  async drain(signal: AbortSignal): Promise<void> {
    await drain({ http: this.#http, nodeId: this.#probe.nodeId }, signal);
  }
}
