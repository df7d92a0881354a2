import type { CassandraPilotConfig, PilotSpec } from '@navigator/api-types';
import type { Command, NodeEngine, Observation, StartVerdict } from '@navigator/pilot/lab';
import {
  IMAGE_PATHS,
  nextMarker,
  type NodeFacts,
  type StartPlan,
  toObservation,
  versionRules,
} from '@navigator/pilot/lab/cassandra';
import type { LookFault, NodePlace } from '../database.ts';
import type { CassandraVolume } from './model.ts';

interface EngineParts {
  readonly place: NodePlace;
  readonly volume: CassandraVolume;
  readonly plan: (spec: PilotSpec) => StartPlan;
  readonly planned: (seeds: readonly string[]) => void;
  readonly facts: () => NodeFacts | undefined;
  readonly faultNow: () => LookFault | undefined;
  readonly drained: () => void;
}

/** As the pilot's node-engine.ts, with its own decisions; the files are a record in memory. */
export function nodeEngine(parts: EngineParts): NodeEngine {
  const { volume, place } = parts;
  let drainAsked = false;
  return {
    drainTimeoutMs: 180_000,
    versions: { ...versionRules(IMAGE_PATHS), imageVersion: async () => place.version },
    checkVolume: async (spec): Promise<StartVerdict> => {
      const plan = parts.plan(spec);
      return plan.is === 'start' ? { start: true } : { start: false, phase: plan.is, message: plan.message };
    },
    prepare: async (spec): Promise<Command> => {
      const plan = parts.plan(spec);
      if (plan.is !== 'start') throw new Error(plan.message);
      drainAsked = false;
      const { clusterName, datacenter, rack } = place.config as unknown as CassandraPilotConfig;
      if (volume.marker?.state !== 'Joined')
        volume.marker = {
          format: 1,
          clusterName,
          datacenter,
          rack,
          pod: place.podName,
          firstStart: plan.firstStart,
          state: 'New',
        };
      parts.planned(plan.seeds);
      return { file: 'cassandra', args: [], env: {} };
    },
    observe: async (signal): Promise<Observation> => {
      const facts = await faulty(parts.facts(), parts.faultNow(), signal);
      if (facts === undefined) return { ready: false, alive: false, message: 'the JVM does not answer' };
      const next = volume.marker && nextMarker(volume.marker, facts);
      if (next) volume.marker = next;
      return toObservation(facts, { podIp: place.podIp, drainAsked });
    },
    drain: async () => {
      drainAsked = true;
      parts.drained();
    },
  };
}

async function faulty(
  facts: NodeFacts | undefined,
  fault: LookFault | undefined,
  signal: AbortSignal,
): Promise<NodeFacts | undefined> {
  if (fault === undefined || facts === undefined) return facts;
  if (fault === 'error') throw new Error('javax.management.RuntimeMBeanException');
  if (fault === 'garbage')
    return { ...facts, gossip: '<html>proxy</html>', service: { ...facts.service, OperationMode: 'WEIRD' } };
  if (fault === 'partial') return { service: { ...facts.service, EndpointToHostId: undefined, LiveNodes: [] } };
  if (fault === 'empty')
    return { service: { ...facts.service, EndpointToHostId: {}, LiveNodes: [], JoiningNodes: [] }, gossip: '' };
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  if (signal.aborted) resolve();
  await promise;
  throw new Error('no answer in time');
}
