import type { CassandraPilotConfig, PilotSpec } from '@navigator/api-types';
import type { Command, NodeContext, NodeEngine, Observation, StartVerdict } from '../engine.ts';
import { buildCommand } from './command.ts';
import { runFolders, writeConfigFiles } from './config-files.ts';
import { DRAIN_TIMEOUT_MS, drainNode } from './drain.ts';
import { JmxUnavailableError, SeedsUnresolvedError } from './errors.ts';
import type { Jmx } from './jmx.ts';
import { createMarkerKeeper } from './marker-keeper.ts';
import { readMarker } from './marker.ts';
import type { Marker } from './marker.ts';
import { toObservation } from './observe.ts';
import type { CassandraPaths } from './paths.ts';
import { resolveSeeds } from './seeds.ts';
import type { Resolve } from './seeds.ts';
import { planStart } from './start-plan.ts';
import type { StartPlan } from './start-plan.ts';
import { readNodeFacts } from './storage-service.ts';
import { versionRules } from './version-rules.ts';
import { examineVolume } from './volume.ts';

type Start = Extract<StartPlan, { is: 'start' }>;

export interface NodeParts {
  readonly node: NodeContext;
  readonly config: CassandraPilotConfig;
  readonly paths: CassandraPaths;
  readonly jmx: Jmx;
  readonly resolve?: Resolve;
}

/** One Cassandra node's engine. */
export function createNodeEngine(parts: NodeParts): NodeEngine {
  const keeper = createMarkerKeeper(parts.paths.data);
  let drainAsked = false;

  return {
    drainTimeoutMs: DRAIN_TIMEOUT_MS,
    versions: versionRules(parts.paths),

    async checkVolume(spec, signal): Promise<StartVerdict> {
      const plan = await planFor(parts, spec, signal);
      return plan.is === 'start' ? { start: true } : { start: false, phase: plan.is, message: plan.message };
    },

    async prepare(spec, signal): Promise<Command> {
      const plan = await planFor(parts, spec, signal);
      if (plan.is !== 'start') throw new SeedsUnresolvedError(plan.message);
      drainAsked = false;
      const onVolume = await readMarker(parts.paths.data, signal);
      const marker = onVolume?.state === 'Joined' ? onVolume : newMarker(parts, plan.firstStart);
      await keeper.begin(onVolume, marker);
      return prepareStart(parts, plan);
    },

    async observe(signal): Promise<Observation> {
      try {
        const facts = await readNodeFacts(parts.jmx, signal);
        // Before it is reported: once the controller has seen NORMAL, the volume must say so too.
        await keeper.keep(facts);
        return toObservation(facts, { podIp: parts.node.podIp, drainAsked });
      } catch (error) {
        if (!(error instanceof JmxUnavailableError)) throw error;
        return { ready: false, alive: false, message: error.message };
      }
    },

    async drain(signal): Promise<void> {
      drainAsked = true;
      await drainNode(parts.jmx, signal);
    },
  };
}

async function planFor(parts: NodeParts, spec: PilotSpec, signal: AbortSignal): Promise<StartPlan> {
  const { podName, podIp } = parts.node;
  const { podDomain } = parts.config;
  const volume = await examineVolume(parts.paths.data, signal);
  const pods = spec.seeds.filter((seed) => seed !== podName);
  const peerSeeds = await resolveSeeds({ pods, podDomain, podIp }, signal, parts.resolve);
  return planStart({ podName, podIp, config: parts.config, spec, volume, peerSeeds });
}

function newMarker({ node, config }: NodeParts, firstStart: Marker['firstStart']): Marker {
  const { clusterName, datacenter, rack } = config;
  return { format: 1, clusterName, datacenter, rack, pod: node.podName, firstStart, state: 'New' };
}

async function prepareStart({ node, config, paths }: NodeParts, plan: Start): Promise<Command> {
  const folders = runFolders(node.runDir);
  const settings = { config, podIp: node.podIp, dataDir: paths.data, seeds: plan.seeds };
  await writeConfigFiles(paths.imageConf, folders, settings);
  return buildCommand({ settings, folders, sharedDir: node.sharedDir, resetBootstrap: plan.resetBootstrap });
}
