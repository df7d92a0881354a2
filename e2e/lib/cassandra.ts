import cassandra from 'cassandra-driver';
import type { Namespace } from './objects.ts';
import { reach } from './reach.ts';

/** A CQL session with the cluster's own Service, closed with `using`. */
export interface CassandraAccess extends AsyncDisposable {
  readonly client: cassandra.Client;
}

/** Talks to `cass-<cluster>-cql` as an application would. */
export async function cassandraOf(namespace: Namespace, cluster: string, datacenter = 'dc1'): Promise<CassandraAccess> {
  const way = await reach(namespace, `cass-${cluster}-cql`, 9042);
  const client = new cassandra.Client({
    contactPoints: [`${way.host}:${way.port}`],
    localDataCenter: datacenter,
    queryOptions: { consistency: cassandra.types.consistencies.quorum },
    socketOptions: { readTimeout: 20_000, connectTimeout: 10_000 },
  });
  await client.connect();
  return {
    client,
    [Symbol.asyncDispose]: async () => {
      await client.shutdown();
      await way[Symbol.asyncDispose]();
    },
  };
}

/** Makes a keyspace with three copies and a table in it. */
export async function makeTable(client: cassandra.Client, replication = 3): Promise<void> {
  await client.execute(
    `CREATE KEYSPACE IF NOT EXISTS demo WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': ${replication}}`,
  );
  await client.execute('CREATE TABLE IF NOT EXISTS demo.rows (id int PRIMARY KEY, text text)');
}

/** Writes rows `from` to `to` (exclusive) with QUORUM; every one that returns is acknowledged. */
export async function writeRows(client: cassandra.Client, from: number, to: number): Promise<void> {
  for (let id = from; id < to; id += 1) {
    await client.execute('INSERT INTO demo.rows (id, text) VALUES (?, ?)', [id, `row ${id}`], { prepare: true });
  }
}

/** The rows below `count` that cannot be read with `consistency`: must be empty. */
export async function missingRows(client: cassandra.Client, count: number, consistency: number): Promise<number[]> {
  const missing: number[] = [];
  for (let id = 0; id < count; id += 1) {
    const answer = await client.execute('SELECT text FROM demo.rows WHERE id = ?', [id], { prepare: true, consistency });
    if (answer.rows[0]?.['text'] !== `row ${id}`) missing.push(id);
  }
  return missing;
}
