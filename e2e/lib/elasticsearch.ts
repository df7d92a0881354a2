import { Client, type ClientOptions } from '@elastic/elasticsearch';
import { z } from 'zod';
import type { Namespace } from './objects.ts';
import { reach, type Reach } from './reach.ts';

/** A client of the cluster's own Service, closed with `using`. */
export interface ElasticsearchAccess extends AsyncDisposable {
  readonly client: Client;
}

/** What an application needs to connect: the Secret `es-<cluster>-binding`; undefined where security is off. */
export async function bindingOf(namespace: Namespace, cluster: string): Promise<Binding | undefined> {
  const text = await namespace.kubectl('get', 'secret', `es-${cluster}-binding`, '--ignore-not-found', '-o', 'json');
  if (text.trim() === '') return undefined;
  const { data } = z.object({ data: z.record(z.string(), z.string()) }).parse(JSON.parse(text));
  const decoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]);
  return bindingSchema.parse(Object.fromEntries(decoded));
}

const bindingSchema = z.object({ host: z.string(), username: z.string(), password: z.string(), 'ca.crt': z.string() });
export type Binding = z.infer<typeof bindingSchema>;

/** Talks to `es-<cluster>-http` as an application would, with what the binding says. */
export async function elasticsearchOf(namespace: Namespace, cluster: string): Promise<ElasticsearchAccess> {
  const binding = await bindingOf(namespace, cluster);
  const way: Reach = await reach(namespace, `es-${cluster}-http`, 9200);
  const client = new Client({
    node: `${binding === undefined ? 'http' : 'https'}://${way.host}:${way.port}`,
    ...(binding === undefined ? {} : secured(binding)),
    requestTimeout: 30_000,
    maxRetries: 5,
  });
  return {
    client,
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await way[Symbol.asyncDispose]();
    },
  };
}

/** From outside the Service is reached by an address; its certificate is for its name. */
function secured({ host, username, password, 'ca.crt': ca }: Binding): Pick<ClientOptions, 'auth' | 'tls'> {
  return { auth: { username, password }, tls: { ca, servername: host } };
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

/** What the pilots have put into the cluster's settings and votes; must be nothing once nothing is being done. */
export async function ordersLeft(client: Client): Promise<string[]> {
  const settings = await client.cluster.getSettings({ flat_settings: true });
  const path = '/_cluster/state/metadata?filter_path=metadata.cluster_coordination.voting_config_exclusions';
  const excluded = JSON.stringify(await client.transport.request({ method: 'GET', path }));
  const names = Object.keys({ ...settings.persistent, ...settings.transient });
  return excluded.includes('node_name') ? [...names, excluded] : names;
}
