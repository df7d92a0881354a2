import { cassandra } from './cassandra/index.ts';
import { elasticsearch } from './elasticsearch/index.ts';
import type { ControllerEngine } from './engine.ts';

/** Every engine, one line and one folder each; registry.test.ts compares the two. */
export const ENGINES: readonly ControllerEngine[] = [elasticsearch, cassandra];

/** The engine of a cluster kind, if Navigator has one. */
export function engineOfKind(kind: string): ControllerEngine | undefined {
  return ENGINES.find((engine) => engine.resource.kind === kind);
}
