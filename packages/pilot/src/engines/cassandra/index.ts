import { cassandraPilotConfigSchema, NavigatorError } from '@navigator/api-types';
import type { PilotEngine } from '../engine.ts';
import { connectJmx } from './jmx.ts';
import { createNodeEngine } from './node-engine.ts';
import { IMAGE_PATHS } from './paths.ts';

/**
 * Cassandra 4.0 to 5.0 in the official image (`cassandra:<version>`), unchanged, as user 999 with a read-only root:
 * - volume.ts, marker.ts: what lies on the volume; start-plan.ts decides whether and how the node starts (pure);
 * - seeds.ts: DNS; cassandra-yaml.ts, config-files.ts, command.ts: configuration and command;
 * - jmx.ts, storage-service.ts: the Jolokia agent in the JVM, jolokia-access.ts: what it lets in; gossip.ts, view.ts, observe.ts read its answers (pure);
 * - drain.ts: the clean stop. node-engine.ts puts them together.
 */
export const cassandraEngine: PilotEngine = {
  name: 'cassandra',
  forNode(node, config) {
    const parsed = cassandraPilotConfigSchema.safeParse(config);
    if (!parsed.success) {
      throw new NavigatorError('InvalidPilotConfig', `NAVIGATOR_CONFIG does not fit Cassandra: ${parsed.error.message}`);
    }
    return createNodeEngine({ node, config: parsed.data, paths: IMAGE_PATHS, jmx: connectJmx() });
  },
};
