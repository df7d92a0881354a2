/** What gossip says of one node. */
export interface GossipState {
  readonly schema?: string;
  readonly version?: string;
}

/**
 * Reads FailureDetector.AllEndpointStates: a line `/10.0.0.1` (or `name/10.0.0.1`) for each node, then lines
 * `  KEY:<version of the entry>:<value>`. Entries that are not understood are passed over.
 */
export function parseGossip(text: string): ReadonlyMap<string, GossipState> {
  const states = new Map<string, { schema?: string; version?: string }>();
  let current: { schema?: string; version?: string } = {};
  for (const line of text.split('\n')) {
    if (line !== '' && !line.startsWith(' ')) {
      current = {};
      states.set(line.slice(line.lastIndexOf('/') + 1).trim(), current);
      continue;
    }
    const entry = /^\s+(SCHEMA|RELEASE_VERSION):\d+:(.+)$/.exec(line);
    if (entry?.[2] === undefined) continue;
    if (entry[1] === 'SCHEMA') current.schema = entry[2];
    else current.version = releaseVersion(entry[2]);
  }
  return states;
}

/** `5.0.6-SNAPSHOT` is what a build before the release calls itself; the release is meant. */
export function releaseVersion(text: string): string {
  return text.replace(/-SNAPSHOT$/, '');
}
