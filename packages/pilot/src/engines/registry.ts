import { PilotError } from '../errors.ts';
import type { PilotEngine } from './engine.ts';

/**
 * Every engine, one line each: loaded only when a pod asks for it, so that no pod pays for another database's libraries.
 * registry.test.ts compares this list with the folders.
 */
export const ENGINES: Readonly<Record<string, () => Promise<PilotEngine>>> = {
  cassandra: async () => (await import('./cassandra/index.ts')).cassandraEngine,
  elasticsearch: async () => (await import('./elasticsearch/index.ts')).elasticsearchEngine,
};

/** @throws PilotError `UnknownEngine` that lists the engines there are. */
export async function engineByName(name: string): Promise<PilotEngine> {
  const load = Object.hasOwn(ENGINES, name) ? ENGINES[name] : undefined;
  if (load !== undefined) return await load();
  const names = Object.keys(ENGINES).join(', ');
  throw new PilotError('UnknownEngine', `there is no engine "${name}"; this pilot knows: ${names}`);
}
