import { join } from 'node:path';
import type { VersionRules } from '../engine.ts';
import { jarVersion } from '../jar-version.ts';
import { buildDate } from './build-date.ts';
import { dataPath, type ElasticsearchPaths } from './paths.ts';

/** The server's own jar; its siblings are called `elasticsearch-core-8.15.0.jar` and so on. */
const SERVER_JAR = /^elasticsearch-(\d.*)\.jar$/;

/**
 * Elasticsearch writes its version into the node's metadata (`_state`, 7.17: `nodes/0/_state`) as soon as it has opened the
 * data, and a process that finds a newer one there ends, patch releases included (`NodeMetadata.upgradeToCurrentVersion`:
 * "cannot downgrade a node"). 8.x first moves `nodes/0` up to the root.
 *
 * Several minor versions are maintained at once, and one may follow another only if it was released later, too ("out-of-order
 * releases"): 9.2.0 ends at the metadata that 8.19.9, released two months after it, has written.
 */
export function versionRules(paths: ElasticsearchPaths): VersionRules {
  const lib = join(paths.home, 'lib');
  const imageVersion = (): Promise<string | undefined> => jarVersion(lib, SERVER_JAR);
  return {
    folder: dataPath(paths),
    witnesses: ['', '_state', 'nodes/0/_state'],
    imageVersion,
    async imageBuiltAt() {
      const version = await imageVersion();
      // A jar that cannot be read tells nothing; whether it can be run is not for us to say.
      return version === undefined
        ? undefined
        : await buildDate(join(lib, `elasticsearch-${version}.jar`)).catch(() => undefined);
    },
    canGoBack: () => false,
  };
}
