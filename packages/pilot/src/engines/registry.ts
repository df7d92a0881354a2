import { PilotError } from '../errors.ts';
import type { PilotEngine } from './engine.ts';
import { cassandraEngine } from './cassandra/index.ts';
import { elasticsearchEngine } from './elasticsearch/index.ts';

/** Every engine, one line each. registry.test.ts compares this list with the folders. */
export const ENGINES: readonly PilotEngine[] = [cassandraEngine, elasticsearchEngine];

/** @throws PilotError `UnknownEngine` that lists the engines there are. */
export function engineByName(name: string): PilotEngine {
  const engine = ENGINES.find((candidate) => candidate.name === name);
  if (engine !== undefined) return engine;
  const names = ENGINES.map((candidate) => candidate.name).join(', ');
  throw new PilotError('UnknownEngine', `there is no engine "${name}"; this pilot knows: ${names}`);
}
