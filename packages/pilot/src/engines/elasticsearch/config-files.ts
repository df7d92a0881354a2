import { access, cp, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SECURITY_PATHS } from '@navigator/api-types';
import { adaptJvmOptions, heapOptions } from './jvm-options.ts';
import { writeSecurityFiles } from './security-files.ts';
import { configPath, dataPath, type ElasticsearchPaths, logsPath, temporaryPath } from './paths.ts';
import { type Platform, renderSettings, type Settings } from './settings.ts';

const KEYSTORE = 'elasticsearch.keystore';

/** Everything to standard output, as the official image does: files of the tar distribution would fill the run folder. */
const CONSOLE_LOG4J = `status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = ECSJsonLayout
appender.console.layout.dataset = elasticsearch.server
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
`;

/** What the image's build and the kernel have. */
export async function readPlatform(paths: ElasticsearchPaths): Promise<Platform> {
  const modules = await readdir(join(paths.home, 'modules'));
  const count = await readFile('/proc/sys/vm/max_map_count', 'utf8').catch(() => '');
  return { modules, maxMapCount: count === '' ? undefined : Number(count) };
}

/** What of the configuration folder is ours. */
export interface ConfigContent {
  readonly settings: Settings;
  readonly heapBytes: number;
  /** Lines of jvm.options beside the heap. */
  readonly jvmOptions: readonly string[];
  /** Certificates, users and roles by their places; empty where security is off. */
  readonly security: Readonly<Record<string, string>>;
}

/**
 * Renders the configuration folder: the image's own one with our files over it, whole or not at all. A keystore
 * made of the user's secure settings comes first; else one that Elasticsearch made at an earlier start is kept.
 */
export async function writeConfig(paths: ElasticsearchPaths, content: ConfigContent): Promise<void> {
  const { settings, heapBytes, jvmOptions, security } = content;
  const config = configPath(paths);
  const next = `${config}.next`;
  await rm(next, { recursive: true, force: true });
  await cp(join(paths.home, 'config'), next, { recursive: true });
  const made = join(paths.keystore ?? SECURITY_PATHS.keystore, KEYSTORE);
  if (await exists(made)) await cp(made, join(next, KEYSTORE));
  else if (await exists(join(config, KEYSTORE))) await cp(join(config, KEYSTORE), join(next, KEYSTORE), { force: false });
  await writeFile(join(next, 'elasticsearch.yml'), renderSettings(settings));
  await rewrite(join(next, 'jvm.options'), (text) => adaptJvmOptions(text, { logs: logsPath(paths), data: dataPath(paths) }));
  await rewrite(join(next, 'log4j2.properties'), (text) => (text.includes('RollingFile') ? CONSOLE_LOG4J : text));
  await mkdir(join(next, 'jvm.options.d'), { recursive: true });
  await writeFile(join(next, 'jvm.options.d', 'navigator.options'), heapOptions(heapBytes, jvmOptions));
  await writeSecurityFiles(next, security);
  await rm(config, { recursive: true, force: true });
  await rename(next, config);
  await mkdir(logsPath(paths), { recursive: true });
  await rm(temporaryPath(paths), { recursive: true, force: true });
  await mkdir(temporaryPath(paths), { recursive: true });
}

async function rewrite(path: string, change: (text: string) => string): Promise<void> {
  await writeFile(path, change(await readFile(path, 'utf8')));
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
