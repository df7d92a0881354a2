import { join } from 'node:path';
import type { VersionRules } from '../engine.ts';
import { jarVersion } from '../jar-version.ts';
import { dataPath, type ElasticsearchPaths } from './paths.ts';

/** The server's own jar; its siblings are called `elasticsearch-core-8.15.0.jar` and so on. */
const SERVER_JAR = /^elasticsearch-(\d.*)\.jar$/;

/**
 * Elasticsearch writes its version into the node's metadata (`_state`, 7.17: `nodes/0/_state`) as soon as it has opened the
 * data, and a process that finds a newer one there ends, patch releases included (`NodeMetadata.upgradeToCurrentVersion`:
 * "cannot downgrade a node"). 8.x first moves `nodes/0` up to the root.
 */
export function versionRules(paths: ElasticsearchPaths): VersionRules {
  return {
    folder: dataPath(paths),
    witnesses: ['', '_state', 'nodes/0/_state'],
    imageVersion: () => jarVersion(join(paths.home, 'lib'), SERVER_JAR),
    canGoBack: () => false,
  };
}
