import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { RealApi } from './real-api.ts';

const entrySchema = z.object({
  user: z.object({ username: z.string() }),
  verb: z.string(),
  objectRef: z
    .object({
      resource: z.string(),
      namespace: z.string().default(''),
      name: z.string().default(''),
      subresource: z.string().default(''),
    })
    .optional(),
  responseStatus: z.object({ code: z.int() }).optional(),
  requestReceivedTimestamp: z.string(),
  responseObject: z.unknown().optional(),
});

const statefulSet = z.object({
  spec: z.object({ template: z.object({ spec: z.object({ containers: z.array(z.object({ image: z.string() })) }) }) }),
});

/** A write that the API server did. */
export interface Write {
  /** When the API server got the request: RFC 3339 with microseconds, so texts compare as times do. */
  readonly at: string;
  readonly user: string;
  readonly verb: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** The answer; for StatefulSets only. */
  readonly object: unknown;
}

/** Every write in a namespace that was done, in the order in which the requests came. */
export async function writesIn({ server }: RealApi, namespace: string): Promise<readonly Write[]> {
  const text = await readFile(server.auditLog, 'utf8');
  // The last line may be in the middle of being written, for another namespace.
  return text
    .slice(0, text.lastIndexOf('\n'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => entrySchema.parse(JSON.parse(line)))
    .flatMap(({ user, verb, objectRef, responseStatus, requestReceivedTimestamp, responseObject }) => {
      const code = responseStatus?.code ?? 0;
      if (objectRef?.namespace !== namespace || code < 200 || code > 299) return [];
      const { resource, subresource, name } = objectRef;
      return [{ at: requestReceivedTimestamp, user: user.username, verb, resource, subresource, name, object: responseObject }];
    })
    .toSorted((a, b) => a.at.localeCompare(b.at));
}

/** Who wrote after one another; a name that comes twice led, lost the lead and wrote again. */
export function turns(writes: readonly Write[]): readonly string[] {
  return writes.map(({ user }) => user).filter((user, index, users) => user !== users[index - 1]);
}

/** The versions that a StatefulSet asked for after one another. */
export function versionsOf(writes: readonly Write[], name: string): readonly string[] {
  return writes
    .filter((write) => write.resource === 'statefulsets' && write.subresource === '' && write.name === name)
    .map(({ object }) => statefulSet.parse(object).spec.template.spec.containers[0]?.image.split(':').at(-1) ?? '')
    .filter((version, index, versions) => version !== versions[index - 1]);
}

/** How often each object of a kind was made. */
export function creations(writes: readonly Write[], resource: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const write of writes) {
    // Server-side apply creates too: what an apply made cannot be told from what it changed, so those are not for this.
    if (write.resource === resource && write.verb === 'create') counts[write.name] = (counts[write.name] ?? 0) + 1;
  }
  return counts;
}
