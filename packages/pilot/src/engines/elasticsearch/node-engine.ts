import type { ElasticsearchPilotConfig, PilotSpec } from '@navigator/api-types';
import type { Command, NodeContext, NodeEngine, Observation, StartVerdict, VersionRules } from '../engine.ts';
import { PilotError } from '../../errors.ts';
import { readPlatform, writeConfig } from './config-files.ts';
import { drain } from './drain.ts';
import { LocalHttp } from './http.ts';
import { SecurityFiles } from './security-files.ts';
import { configPath, dataPath, type ElasticsearchPaths, logsPath, temporaryPath } from './paths.ts';
import { Probe } from './probe.ts';
import { buildSettings, SECURITY_MODULE } from './settings.ts';
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
  readonly #security: SecurityFiles | undefined;
  readonly #http: LocalHttp;
  readonly #probe: Probe;
  #mayBeForming = true;

  constructor(
    node: NodeContext,
    config: ElasticsearchPilotConfig,
    options: { readonly paths: ElasticsearchPaths; readonly port: number; readonly secrets?: string },
  ) {
    this.#node = node;
    this.#config = config;
    this.#paths = options.paths;
    this.versions = versionRules(options.paths);
    this.#security = config.security === undefined ? undefined : new SecurityFiles(config.security, options.secrets);
    this.#http = new LocalHttp('127.0.0.1', options.port, () => this.#security?.access);
    this.#probe = new Probe(this.#http);
  }

  /** Elasticsearch itself refuses data of another cluster; what it cannot do is start without its folder. */
  async checkVolume(_spec: PilotSpec, _signal: AbortSignal): Promise<StartVerdict> {
    await checkDataFolder(dataPath(this.#paths));
    return await this.#checkSecurity();
  }

  async prepare(spec: PilotSpec, _signal: AbortSignal): Promise<Command> {
    const { podName, podIp, nodeName, zone } = this.#node;
    const isMaster = this.#config.roles.includes('master');
    const settings = buildSettings({
      config: this.#config,
      podName,
      podIp,
      nodeName,
      zone,
      dataPath: dataPath(this.#paths),
      logsPath: logsPath(this.#paths),
      platform: await readPlatform(this.#paths),
      initialMembers: await membersToForm(dataPath(this.#paths), spec, { podName, isMaster }),
    });
    const { heapBytes, jvmOptions } = this.#config;
    const write = async (security: Readonly<Record<string, string>>): Promise<void> =>
      await writeConfig(this.#paths, { settings, heapBytes, jvmOptions, security });
    await (this.#security === undefined ? write({}) : this.#security.render(write));
    // `eswrapper` is what the official image's entrypoint is given by default.
    const env = { ES_PATH_CONF: configPath(this.#paths), ES_TMPDIR: temporaryPath(this.#paths) };
    return { file: this.#paths.entrypoint, args: ['eswrapper'], env };
  }

  async observe(signal: AbortSignal, spec?: PilotSpec): Promise<Observation> {
    await this.#security?.refresh(configPath(this.#paths), temporaryPath(this.#paths));
    const observation = withProblem(await this.#probe.observe(signal, spec), this.#security?.problemAt(Date.now()));
    if (this.#mayBeForming && this.#probe.hasFormed) {
      await forgetForming(dataPath(this.#paths));
      this.#mayBeForming = false;
    }
    return observation;
  }

  async drain(signal: AbortSignal): Promise<void> {
    const hasData = this.#config.roles.some((role) => role.startsWith('data'));
    await drain({ http: this.#http, nodeId: hasData ? this.#probe.nodeId : undefined }, signal);
  }

  /** Never open where it should be closed: a build that cannot do it, or Secrets that are not right, do not start. */
  async #checkSecurity(): Promise<StartVerdict> {
    if (this.#security === undefined) return { start: true };
    const { modules } = await readPlatform(this.#paths);
    if (!modules.includes(SECURITY_MODULE)) {
      const message = `this image has no module ${SECURITY_MODULE}: it can have neither TLS nor users; take the official one, or make a cluster with spec.security.enabled false`;
      return { start: false, phase: 'Refused', refusedFor: 'Image', message };
    }
    try {
      await this.#security.check();
      return { start: true };
    } catch (error) {
      if (!(error instanceof PilotError) || error.code !== 'SecretInvalid') throw error;
      return { start: false, phase: 'Refused', refusedFor: 'Secret', message: error.message };
    }
  }
}

/** A node that serves with the files of before serves; but it is said why they are not newer. */
function withProblem(observation: Observation, problem: string | undefined): Observation {
  if (problem === undefined || observation.message !== undefined) return observation;
  return { ...observation, message: problem, concerns: 'Secret' };
}
