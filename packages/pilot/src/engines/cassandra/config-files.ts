import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LOGBACK_XML, renderCassandraYaml, renderRackDc } from './cassandra-yaml.ts';
import type { NodeSettings } from './cassandra-yaml.ts';
import { CassandraImageError } from './errors.ts';
import { JOLOKIA_ACCESS_FILE, JOLOKIA_ACCESS_XML } from './jolokia-access.ts';

/** Writable folders of one node, all under the pilot's runDir. */
export interface RunFolders {
  readonly conf: string;
  readonly logs: string;
  readonly tmp: string;
}

export function runFolders(runDir: string): RunFolders {
  return { conf: join(runDir, 'conf'), logs: join(runDir, 'logs'), tmp: join(runDir, 'tmp') };
}

/**
 * Copies the image's configuration afresh (a new image may come with other defaults) and puts our files over it.
 * @throws CassandraImageError when the image has no configuration.
 */
export async function writeConfigFiles(imageConf: string, folders: RunFolders, settings: NodeSettings): Promise<void> {
  await rm(folders.conf, { recursive: true, force: true });
  for (const folder of [folders.conf, folders.logs, folders.tmp]) await mkdir(folder, { recursive: true });
  await cp(imageConf, folders.conf, { recursive: true, dereference: true }).catch((cause: unknown) => {
    throw new CassandraImageError(`${imageConf} cannot be copied: is this an official cassandra image?`, cause);
  });
  // Where this file lies the snitch believes it for nodes that it has not heard of yet, and asks nobody.
  await rm(join(folders.conf, 'cassandra-topology.properties'), { force: true });
  const yaml = await readFile(join(folders.conf, 'cassandra.yaml'), 'utf8').catch((cause: unknown) => {
    throw new CassandraImageError(`${imageConf} holds no cassandra.yaml`, cause);
  });
  await writeFile(join(folders.conf, 'cassandra.yaml'), renderCassandraYaml(yaml, settings));
  await writeFile(join(folders.conf, 'cassandra-rackdc.properties'), renderRackDc(settings.config));
  await writeFile(join(folders.conf, 'logback.xml'), LOGBACK_XML);
  await writeFile(join(folders.conf, JOLOKIA_ACCESS_FILE), JOLOKIA_ACCESS_XML);
}
