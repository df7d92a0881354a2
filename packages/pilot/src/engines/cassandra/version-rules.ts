import { areOfOneLine } from '../../versions.ts';
import type { VersionRules } from '../engine.ts';
import { jarVersion } from '../jar-version.ts';
import type { CassandraPaths } from './paths.ts';

/** `apache-cassandra` in the distribution, `cassandra-all` where the jar comes from Maven. */
const SERVER_JAR = /^(?:apache-cassandra|cassandra-all)-(\d.*)\.jar$/;

/**
 * Commit logs, sstables and system tables change their format with a line (4.0, 4.1, 5.0) and stay the same within one: an
 * older line ends at the first file that it does not know, or loses what it cannot read. Each process makes a commit log
 * segment of its own before it writes anything else.
 */
export function versionRules(paths: CassandraPaths): VersionRules {
  return {
    folder: paths.data,
    witnesses: ['commitlog', 'data/system'],
    imageVersion: () => jarVersion(paths.imageLib, SERVER_JAR),
    canGoBack: areOfOneLine,
  };
}
