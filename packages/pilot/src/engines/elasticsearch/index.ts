import { elasticsearchPilotConfigSchema } from '@navigator/api-types';
import { PilotError } from '../../errors.ts';
import type { PilotEngine } from '../engine.ts';
import { ElasticsearchNode } from './node-engine.ts';
import { IMAGE_PATHS } from './paths.ts';

/**
 * Elasticsearch 7.17 to 9.x in its official image: prepare renders the configuration into the run folder (the image's
 * root is read-only) and starts the image's own entrypoint; observe and drain use the HTTP port on loopback.
 *
 * The cluster is formed once (`cluster.initial_master_nodes` only for a master-eligible node with an empty volume, named
 * by the Pilot's spec); every later start may only join.
 */
export const elasticsearchEngine: PilotEngine = createElasticsearchEngine();

/** Places and port of something that is not the official image: for tests. */
export interface ElasticsearchOverrides {
  readonly home?: string;
  readonly entrypoint?: string;
  readonly port?: number;
  /** Where the Secrets are mounted. */
  readonly secrets?: string;
  readonly keystore?: string;
}

export function createElasticsearchEngine(overrides: ElasticsearchOverrides = {}): PilotEngine {
  return {
    name: 'elasticsearch',
    forNode(node, config) {
      const parsed = elasticsearchPilotConfigSchema.safeParse(config);
      if (!parsed.success) {
        const where = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
        throw new PilotError('InvalidPilotConfig', `the configuration of the Elasticsearch node is wrong: ${where}`);
      }
      const { home = IMAGE_PATHS.home, entrypoint = IMAGE_PATHS.entrypoint, port = 9200 } = overrides;
      const { secrets, keystore } = overrides;
      const paths = { home, entrypoint, runDir: node.runDir, ...(keystore === undefined ? {} : { keystore }) };
      return new ElasticsearchNode(node, parsed.data, { paths, port, ...(secrets === undefined ? {} : { secrets }) });
    },
  };
}
