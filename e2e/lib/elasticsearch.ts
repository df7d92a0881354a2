import { Client } from '@elastic/elasticsearch';
import type { Namespace } from './objects.ts';
import { reach, type Reach } from './reach.ts';

/** A client of the cluster's own Service, closed with `using`. */
export interface ElasticsearchAccess extends AsyncDisposable {
  readonly client: Client;
}

/** Talks to `es-<cluster>-http` as an application would. */
export async function elasticsearchOf(namespace: Namespace, cluster: string): Promise<ElasticsearchAccess> {
  const way: Reach = await reach(namespace, `es-${cluster}-http`, 9200);
  const client = new Client({ node: `http://${way.host}:${way.port}`, requestTimeout: 30_000, maxRetries: 5 });
  return {
    client,
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await way[Symbol.asyncDispose]();
    },
  };
}

/** Writes `count` documents and gives the ids that Elasticsearch acknowledged. */
export async function writeDocuments(client: Client, index: string, count: number): Promise<string[]> {
  const acknowledged: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const answer = await client.index({ index, document: { n: i, at: new Date().toISOString() } });
    acknowledged.push(answer._id);
  }
  return acknowledged;
}

/** The acknowledged ids that cannot be read back: must be empty. */
export async function missingDocuments(client: Client, index: string, ids: readonly string[]): Promise<string[]> {
  await client.indices.refresh({ index });
  const missing: string[] = [];
  for (const id of ids) {
    if (!(await client.exists({ index, id }))) missing.push(id);
  }
  return missing;
}
