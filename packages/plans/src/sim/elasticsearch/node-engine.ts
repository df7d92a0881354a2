import type { PilotSpec } from '@navigator/api-types';
import type { Command, NodeEngine, Observation, StartVerdict } from '@navigator/pilot/lab';
import { IMAGE_PATHS, holdNewIndices, type LocalHttp, type Probe, versionRules } from '@navigator/pilot/lab/elasticsearch';
import type { EsVolume } from './model.ts';

interface EngineParts {
  readonly http: LocalHttp;
  readonly probe: Probe;
  readonly volume: EsVolume;
  readonly node: { readonly podName: string; readonly isMaster: boolean; readonly version: string };
  /** Told before each start who may form a cluster with this node. */
  readonly prepared: (initialMembers: readonly string[] | undefined) => void;
}

/** As the pilot's node-engine.ts, with its own probe; the files are a record in memory. */
export function nodeEngine({ http, probe, volume, node, prepared }: EngineParts): NodeEngine {
  return {
    drainTimeoutMs: 60_000,
    versions: {
      ...versionRules({ ...IMAGE_PATHS, runDir: '' }),
      imageVersion: async () => node.version,
      imageBuiltAt: async () => undefined,
    },
    checkVolume: async (): Promise<StartVerdict> => ({ start: true }),
    prepare: async (spec): Promise<Command> => {
      prepared(membersToForm(volume, spec, node));
      return { file: 'elasticsearch', args: [], env: {} };
    },
    observe: async (signal, spec): Promise<Observation> => {
      const observation = await probe.observe(signal, spec);
      if (probe.hasFormed) delete volume.forming;
      return observation;
    },
    drain: async (signal) => {
      if (probe.nodeId !== undefined) await holdNewIndices(http, probe.nodeId, signal);
    },
  };
}

/** As the pilot's volume.ts does it with a file: an empty volume, or one that had begun with the same members. */
function membersToForm(volume: EsVolume, spec: PilotSpec, node: EngineParts['node']): readonly string[] | undefined {
  const members = spec.bootstrap?.initialMembers;
  if (members === undefined || !node.isMaster || !members.includes(node.podName)) return undefined;
  if (!volume.hasFiles) volume.forming = members.join(',');
  return volume.forming === members.join(',') ? members : undefined;
}
