import { parseArgs } from 'node:util';
import { z } from 'zod';

/** Printed when nothing can be understood. */
export const USAGE = `Usage: npm run bench -- fleet --clusters N [flags]

  --clusters N         clusters of three nodes, half of each kind (default 50), in N/50 namespaces
  --edits N            edits of one cluster after the other (default 100)
  --deletions N        Services deleted one after the other (default 20)
  --broken N           clusters that cannot get their StatefulSet, for the second row of edits (default 10)
  --idle-seconds N     length of the quiet time that is counted (default 60)
  --replay N           at the end: a controller over N copies of recorded clusters (default 0)
  --foreign-secrets N  Secrets of 1 MB that belong to nobody we know (default 0)
  --profile DIR        writes CPU profiles of the controller there
  --json               prints one JSON object`;

const count = z.coerce.number().int().min(0);

const schema = z.object({
  clusters: count.min(2).default(50),
  edits: count.default(100),
  deletions: count.default(20),
  broken: count.default(10),
  idleSeconds: count.default(60),
  foreignSecrets: count.default(0),
  replay: count.default(0),
  profile: z.string().optional(),
  json: z.boolean().default(false),
});

/** What `fleet` is asked to do. */
export type FleetOptions = z.infer<typeof schema>;

/** Reads the flags. @throws when one is not known or is no number. */
export function parseFleetOptions(args: readonly string[]): FleetOptions {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      clusters: text,
      edits: text,
      deletions: text,
      broken: text,
      'idle-seconds': text,
      'foreign-secrets': text,
      replay: text,
      profile: text,
      json: { type: 'boolean' },
    },
  });
  const { 'idle-seconds': idleSeconds, 'foreign-secrets': foreignSecrets, ...rest } = values;
  return schema.parse({ ...rest, idleSeconds, foreignSecrets });
}
