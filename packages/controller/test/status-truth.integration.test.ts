// Status truth (T24): random valid edits, each followed by a wait for Ready, in a whole Kubernetes in memory with simulated
// databases. Ready of the present generation must be true of every child, pod and pilot at the very moment it is written.
// NAVIGATOR_TRUTH_SEED repeats a run, NAVIGATOR_TRUTH_EDITS makes it longer.
import { type KubeObject, PersistentVolumeClaims, type Pod, StatefulSets } from '@navigator/kube';
import { Random } from '@navigator/kube/testing';
import { pilotStatusSchema } from '@navigator/api-types';
import { afterEach, expect, test, vi } from 'vitest';
import { NO_FAULTS } from '../../plans/src/faults/none.ts';
import { podsOf, readyOf, shortfall } from '../../plans/src/truth.ts';
import { CASSANDRA, create, ES, type Kind } from '../../plans/src/workloads/deeds.ts';
import { NAMESPACE, World } from '../../plans/src/world.ts';
import { Pilots } from '../src/watches.ts';
import { kstatus, kubectlWaitReturns } from './kstatus.ts';
import { editAtRandom, type EditableSpec } from './random-edits.ts';

const SEED = Number(process.env['NAVIGATOR_TRUTH_SEED'] ?? 20_260);
/** Half of them for each kind. A thousand take 200 to 400 s of one core. */
const EDITS = Number(process.env['NAVIGATOR_TRUTH_EDITS'] ?? 144);
const EDITS_A_WORLD = 12;
/** Of the world's time. */
const READY_WITHIN_MS = 20 * 60_000;
const STEP_MS = 500;
const EMPTY: KubeObject = { apiVersion: '', kind: '', metadata: { name: '' } };

afterEach(() => {
  vi.restoreAllMocks();
});

/** Why the status, if it says Ready of the present generation, is not true; undefined when it is, or says no such thing. */
function lie(world: World, cluster: KubeObject): string | undefined {
  // The CRD's default, observedGeneration -1, which admission in memory lacks, makes it InProgress until the first visit.
  if (cluster['status'] === undefined) return undefined;
  const [waited, computed] = [kubectlWaitReturns(cluster), kstatus(cluster)];
  if (waited !== (computed === 'Current')) return `kubectl wait ${waited ? 'returns' : 'waits'}, but kstatus says ${computed}`;
  if (!waited) return undefined;
  const database = world.databases.get(`${cluster.kind}/${cluster.metadata.name}`);
  if (!database) return 'Ready, but no database was ever started';
  const short = shortfall(world, cluster, database);
  if (short !== undefined) return `Ready, but ${short}`;
  const spec = cluster['spec'] as EditableSpec;
  const size = spec.nodePools.reduce((sum, pool) => sum + (pool.replicas ?? 0), 0);
  const pods = podsOf(world, cluster);
  if (pods.length !== size) return `Ready, but there are ${pods.length} pods instead of ${size}`;
  return pods.map((pod) => podLie(world, pod, spec)).find((words) => words !== undefined) ?? childLie(world, cluster, spec);
}

function podLie(world: World, pod: Pod, spec: EditableSpec): string | undefined {
  const { name, uid } = pod.metadata;
  const wanted = spec.nodePools.find((pool) => name.includes(`-demo-${pool.name}-`))?.tolerations ?? [];
  const has = JSON.stringify(pod.spec?.tolerations ?? []);
  if (!wanted.every((toleration) => has.includes(JSON.stringify(toleration)))) return `Ready, but ${name} tolerates ${has}`;
  const { podUid, version, phase, health } = pilotStatusSchema.parse(world.get(Pilots, name)?.['status'] ?? {});
  const isTrue = podUid === uid && version === spec.version && phase === 'Running' && health === 'Healthy';
  return isTrue
    ? undefined
    : `Ready, but Pilot ${name} reports ${phase} ${health} ${version} of ${podUid === uid ? 'this' : 'another'} pod`;
}

function childLie(world: World, { metadata }: KubeObject, spec: EditableSpec): string | undefined {
  const sets = world.server.list(StatefulSets).filter((set) => set.metadata.ownerReferences?.[0]?.uid === metadata.uid);
  const unlike = sets.find((set) => set.spec?.template.spec?.containers[0]?.image?.endsWith(`:${spec.version}`) !== true);
  if (unlike) return `Ready, but StatefulSet ${unlike.metadata.name} has another version in its template`;
  const owned = world.server
    .list(PersistentVolumeClaims)
    .filter((claim) => claim.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid) === true).length;
  const claims = spec.nodePools.reduce((sum, pool) => sum + (pool.replicas ?? 0), 0);
  const wanted = spec.volumeReclaimPolicy === 'Delete' ? claims : 0;
  return owned === wanted ? undefined : `Ready, but the cluster owns ${owned} claims instead of ${wanted}`;
}

interface Life {
  /** Every lie that the status ever told. */
  readonly lies: readonly string[];
  readonly waits: number;
  /** Why the cluster never came to be Ready after the last edit. */
  readonly stuck?: string;
}

/** One life of a cluster; it ends early when a wait for Ready has no end. */
async function live(kind: Kind, { seed, edits }: { seed: number; edits: number }): Promise<Life> {
  const random = new Random(seed);
  const chance = new Random(seed ^ 0x5eed);
  vi.spyOn(Math, 'random').mockImplementation(() => chance.next());
  const world = new World({ seed, faults: NO_FAULTS, mayDeleteClaims: true });
  const lies: string[] = [];
  const done: string[] = [];
  world.server.store.subscribe(({ object }) => {
    const words = object.kind === kind ? lie(world, object) : undefined;
    if (words !== undefined) lies.push(`seed ${seed}, after ${done.join(', ') || 'create'}: ${words}`);
  });
  world.startController();
  create(kind)(world);
  let waits = 0;
  for (let edit = 0; edit <= edits; edit += 1) {
    if (edit > 0) done.push(change(world, kind, random));
    // One in five is followed by the next one in the middle of its work.
    if (random.int(1, 5) === 1) await world.clock.advance(random.int(0, 40_000));
    else {
      waits += 1;
      const stuck = await comesReady(world, kind);
      if (stuck !== undefined) return { lies, waits, stuck: `seed ${seed}, after ${done.join(', ')}: ${stuck}` };
    }
  }
  return { lies: [...lies, ...world.violations.map((words) => `seed ${seed}: ${words}`)], waits };
}

function change(world: World, kind: string, random: Random): string {
  let name = '';
  world.server.edit<KubeObject>(world.resource(kind), { namespace: NAMESPACE, name: 'demo' }, (draft) => {
    const spec = structuredClone(draft['spec']) as EditableSpec;
    name = editAtRandom(spec, random);
    draft['spec'] = spec;
  });
  return name;
}

/** Returns why it does not. */
async function comesReady(world: World, kind: string): Promise<string | undefined> {
  const end = world.clock.monotonic() + READY_WITHIN_MS;
  while (world.clock.monotonic() < end) {
    const cluster = world.get(world.resource(kind), 'demo');
    if (cluster && kubectlWaitReturns(cluster)) return undefined;
    await world.clock.advance(STEP_MS);
  }
  const { reason, message } = readyOf(world.get(world.resource(kind), 'demo') ?? EMPTY) ?? {};
  return `${reason}: ${message}`;
}

test.each([ES, CASSANDRA] as const)('%s: no early answer to a wait for Ready', { timeout: 600_000 }, async (kind) => {
  const started = performance.now();
  const worlds = Math.ceil(EDITS / 2 / EDITS_A_WORLD);
  let waits = 0;
  const lies: string[] = [];
  for (let index = 0; index < worlds; index += 1) {
    const told = await live(kind, { seed: SEED + index, edits: EDITS_A_WORLD });
    waits += told.waits;
    lies.push(...told.lies);
    if (told.stuck !== undefined) lies.push(`never Ready: ${told.stuck}`);
  }
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(`status truth: ${kind}, seed ${SEED}, ${worlds * EDITS_A_WORLD} edits, ${waits} waits for Ready, ${seconds} s`);
  expect(lies).toEqual([]);
});
