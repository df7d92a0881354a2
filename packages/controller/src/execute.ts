import {
  type Applier,
  type ApplyOptions,
  atOnce,
  controllerOf,
  type Expectations,
  isConflict,
  type KubeClient,
  type KubeObject,
  type Logger,
  type ObservedCache,
  Pods,
  type Resource,
  resourceOf,
  type StatefulSet,
  StatefulSets,
} from '@navigator/kube';
import type { Effect, EventNote } from './actions/action.ts';
import { isFoundation, mayStep } from './may-step.ts';
import { asProblem, isBehind, type ObjectProblem } from './object-problem.ts';
import type { Plan } from './plan.ts';
import type { Reclaimer } from './reclaim.ts';
import { resizeClaim } from './resize-claim.ts';
import type { Forge } from './security/forge.ts';
import { makeSecrets, type SecretsOutcome } from './security/make-secrets.ts';
import { asNewest, asSeen } from './stateful-set-guard.ts';
import { Pilots } from './watches.ts';

/** Children of one cluster that are in work at the same time: what fits into an API server that serves others too. */
const AT_ONCE = 8;

/** What execute.ts does its writes with. */
export interface Tools {
  readonly client: KubeClient;
  readonly applier: Pick<Applier, 'apply'>;
  readonly reclaimer: Pick<Reclaimer, 'reclaim'>;
  readonly expectations: Pick<Expectations, 'expect' | 'expectDeletion'>;
  readonly forge: Forge;
  readonly cacheOf: (resource: Resource) => ObservedCache | undefined;
  /** Tells people, on the cluster object. */
  readonly tell: (cluster: KubeObject, note: EventNote) => void;
  readonly logger: Logger;
}

/** One pass over one cluster. */
export interface Pass {
  /** Key of the workqueue: it is put off until the caches show what was written for it. */
  readonly key: string;
  readonly resource: Resource;
  /** The cluster as it is in the cache. */
  readonly cluster: KubeObject;
  /** The StatefulSets as they were when the plan was made. */
  readonly statefulSets: readonly StatefulSet[];
  readonly plan: Plan;
}

/** How far a pass came. */
export interface Execution {
  /**
   * `done`: all was written, or was so already; `annotated`: only the cluster's annotations, the rest waits until they
   * are seen; `stale`: the cache was behind; `failed`: see problems.
   */
  readonly ended: 'done' | 'annotated' | 'stale' | 'failed';
  /** Objects that were written, and why if they were there before; for the log. */
  readonly written: readonly string[];
  readonly problems: readonly ObjectProblem[];
  /** Why the step was not done, or not all of it: it was refused, or a StatefulSet was, and that holds it. */
  readonly refused?: ObjectProblem;
}

/**
 * Performs a plan: the cluster's annotations, then Secrets, then every child as it shall be, then the StatefulSets, then the one step. The
 * order guards against a crash anywhere: annotations are durable before anything that they guard exists, and pods and steps
 * begin only when all that they stand on is there: accounts and Roles, and Pilots that no longer tell anybody to form the
 * cluster. Other children stand on nothing, so they are written at once. A problem with one child does not keep the others
 * from being put right; but with one that pods stand on, no StatefulSet is made that is not there yet, and no step is done. With
 * a StatefulSet that is refused, steps that have nothing to do with it are (may-step.ts).
 */
export async function execute(pass: Pass, tools: Tools, signal: AbortSignal): Promise<Execution> {
  const { plan } = pass;
  const written: string[] = [];
  if (plan.clusterAnnotations) {
    await annotate(pass, plan.clusterAnnotations, { tools, signal });
    return { ended: 'annotated', written: ['annotations'], problems: [] };
  }
  const context = { tools, signal, written };
  const secrets = await trySecrets(pass, context);
  if (secrets === 'stale') return { ended: 'stale', written, problems: [] };
  const problems = secrets === 'done' ? [] : [...secrets.problems];
  const { statefulSets } = pass;
  const isSet = ({ kind }: KubeObject): boolean => kind === StatefulSets.kind;
  const isThere = ({ metadata }: KubeObject): boolean => statefulSets.some((set) => set.metadata.name === metadata.name);
  const others = await applyAll(
    pass,
    plan.objects.filter((object) => !isSet(object)),
    context,
  );
  if (others === 'stale') return { ended: 'stale', written, problems };
  problems.push(...others.map(({ problem }) => problem));
  const stands = (secrets === 'done' || !secrets.holdsPods) && !others.some(({ object }) => isFoundation(object));
  const sets = await applyAll(
    pass,
    plan.objects.filter((object) => isSet(object) && (stands || isThere(object))),
    context,
  );
  if (sets === 'stale') return { ended: 'stale', written, problems };
  problems.push(...sets.map(({ problem }) => problem));
  const refusedSets = sets.map(({ object }) => object);
  const { step } = plan;
  const isHeld = step !== undefined && !mayStep(step, refusedSets, statefulSets);
  const effects = step !== undefined && stands && !isHeld ? step.effects : [];
  const refused = await takeStep(pass, effects, context);
  if (refused === 'stale') return { ended: 'stale', written, problems };
  problems.push(...refused);
  // Held, not tried: but whatever else may be done must not wait behind it either.
  const first = refused[0] ?? (isHeld ? sets[0]?.problem : undefined);
  const ended = problems.length === 0 ? 'done' : 'failed';
  return { ended, written, problems, ...(first === undefined ? {} : { refused: first }) };
}

/** Does the effects in order, up to the first that is refused. */
async function takeStep(pass: Pass, effects: readonly Effect[], context: Written): Promise<'stale' | ObjectProblem[]> {
  const refused: ObjectProblem[] = [];
  for (const effect of effects) {
    context.signal.throwIfAborted();
    // Claims do not hang on one another, everything else hangs on what came before it.
    if (refused.length > 0 && effect.do !== 'resizeClaim') break;
    const outcome = await perform(pass, effect, context);
    if (outcome === 'stale') return 'stale';
    if (outcome !== 'done') refused.push(outcome);
  }
  return refused;
}

/** An object that could not be written, and why. */
interface Refused {
  readonly object: KubeObject;
  readonly problem: ObjectProblem;
}

async function applyAll(pass: Pass, objects: readonly KubeObject[], context: Written): Promise<'stale' | Refused[]> {
  const outcomes = await atOnce(AT_ONCE, objects, async (object) => {
    context.signal.throwIfAborted();
    return { object, outcome: await tryApply(pass, object, context) };
  });
  if (outcomes.some(({ outcome }) => outcome === 'stale')) return 'stale';
  return outcomes.flatMap(({ object, outcome }) => (typeof outcome === 'object' ? [{ object, problem: outcome }] : []));
}

interface Context {
  readonly tools: Tools;
  readonly signal: AbortSignal;
}

type Written = Context & { readonly written: string[] };
type Outcome = 'done' | 'stale' | ObjectProblem;

/**
 * Fields that others added to our object are made ours; the next pass, which sees that, applies without them. A step must
 * not spread them over pods, so it waits for that.
 */
async function reclaim(pass: Pass, object: KubeObject, { tools, signal, written }: Written): Promise<boolean> {
  const resource = resourceOf(object);
  const cached = tools.cacheOf(resource)?.lister.get(object.metadata.namespace, object.metadata.name);
  // Claims have no controller; their content is Kubernetes' own.
  const owner = controllerOf(object)?.uid;
  if (!cached || owner === undefined || controllerOf(cached)?.uid !== owner) return false;
  if (!(await tools.reclaimer.reclaim(cached, { key: pass.key, resource, signal }))) return false;
  written.push(`${object.kind} "${object.metadata.name}"`);
  return true;
}

/** They come before the StatefulSets: a pod that finds its Secrets late waits for minutes. */
async function trySecrets(pass: Pass, context: Written): Promise<SecretsOutcome> {
  const { secrets } = pass.plan;
  return secrets === undefined ? 'done' : await makeSecrets(secrets, { key: pass.key, ...context });
}

async function perform(pass: Pass, effect: Effect, context: Written): Promise<Outcome> {
  switch (effect.do) {
    case 'apply':
      if (await reclaim(pass, effect.object, context)) return 'stale';
      return await tryApply(pass, effect.object, context);
    case 'deletePod':
      return await deletePod(pass, effect, context);
    case 'delete':
    case 'shrink':
      return await takeAway(pass, effect, context);
    case 'resizeClaim':
      return await resizeClaim(pass, effect, context);
    case 'event':
      context.tools.tell(pass.cluster, effect.event);
      return 'done';
    default:
      return effect satisfies never;
  }
}

/**
 * A merge patch, since it adds to what is there, and with the resourceVersion that the decision was made from: a cluster
 * whose initial members are already written down, unseen by our cache, must never get other ones.
 */
async function annotate(pass: Pass, annotations: Readonly<Record<string, string>>, { tools, signal }: Context): Promise<void> {
  const { uid, resourceVersion } = pass.cluster.metadata;
  const body = { metadata: { uid, resourceVersion, annotations } };
  const answer = await tools.client.mergePatch(pass.resource, pass.cluster.metadata, { body }, signal);
  tools.expectations.expect(pass.key, pass.resource, answer);
}

/**
 * The server refuses if the pod has changed in any way since it was judged: it may have come to life. A volume may go with it,
 * so it must be the newest spec that asks for it: somebody may just have paused the cluster.
 */
async function deletePod(
  pass: Pass,
  { name, uid, resourceVersion }: Extract<Effect, { do: 'deletePod' }>,
  { tools, signal, written }: Written,
): Promise<Outcome> {
  const { namespace } = pass.cluster.metadata;
  try {
    await asNewest(pass, { tools, signal });
    await tools.client.delete(Pods, { namespace, name }, { uid, resourceVersion }, signal);
  } catch (error) {
    signal.throwIfAborted();
    return isBehind(error) ? 'stale' : asProblem(`Pod "${name}"`, error, 'deleted');
  }
  tools.expectations.expectDeletion(pass.key, Pods, { namespace, name, uid });
  written.push(`Pod "${name}"`);
  tools.logger.info(
    { object: `Pod "${name}"`, outcome: 'deleted' },
    'deleted a pod that cannot come up, left for good, or is replaced',
  );
  return 'done';
}

/** What cannot be taken back is done only to what was seen, and only while the spec is the one that asked for it. */
async function takeAway(
  pass: Pass,
  effect: Extract<Effect, { do: 'delete' | 'shrink' }>,
  { tools, signal, written }: Written,
): Promise<Outcome> {
  const { name, uid, resourceVersion } = effect;
  const ref = { namespace: pass.cluster.metadata.namespace, name };
  const resource = effect.do === 'delete' && effect.kind === 'Pilot' ? Pilots : StatefulSets;
  try {
    await asNewest(pass, { tools, signal });
    if (effect.do === 'shrink') {
      const body = { metadata: { uid, resourceVersion }, spec: { replicas: effect.replicas } };
      tools.expectations.expect(pass.key, resource, await tools.client.mergePatch(resource, ref, { body }, signal));
    } else {
      await tools.client.delete(
        resource,
        ref,
        { uid, resourceVersion, propagationPolicy: effect.keepsPods === true ? 'Orphan' : 'Background' },
        signal,
      );
      tools.expectations.expectDeletion(pass.key, resource, { ...ref, uid });
    }
  } catch (error) {
    signal.throwIfAborted();
    const what = `${resource.kind} "${name}"`;
    return isBehind(error) ? 'stale' : asProblem(what, error, effect.do === 'delete' ? 'deleted' : 'written');
  }
  written.push(`${resource.kind} "${name}" (${effect.do === 'shrink' ? `${effect.replicas} replicas` : 'deleted'})`);
  return 'done';
}

/**
 * Objects that orders hang on are written only as they were seen. A Pilot from an old list could take back that its node may go
 * for good, when it has gone already.
 */
function preconditionFor(pass: Pass, object: KubeObject, context: Context): Pick<ApplyOptions, 'precondition'> {
  if (object.kind === StatefulSets.kind)
    return { precondition: async (existing) => await asSeen(pass, { object, existing }, context) };
  if (object.kind !== Pilots.kind) return {};
  return {
    precondition: async (existing) => {
      const { uid, resourceVersion } = existing?.metadata ?? {};
      return uid === undefined || resourceVersion === undefined ? undefined : { uid, resourceVersion };
    },
  };
}

async function tryApply(pass: Pass, object: KubeObject, context: Written): Promise<Outcome> {
  const { tools, signal, written } = context;
  const name = `${object.kind} "${object.metadata.name}"`;
  try {
    const precondition = preconditionFor(pass, object, context);
    const { outcome, because } = await tools.applier.apply(object, { signal, key: pass.key, ...precondition });
    if (outcome === 'created' || outcome === 'updated') {
      written.push(outcome === 'created' ? name : `${name} (${because})`);
      tools.logger.debug({ object: name, outcome, because }, 'wrote an object');
    }
    if (outcome === 'unchanged') await reclaim(pass, object, context);
    return 'done';
  } catch (error) {
    signal.throwIfAborted();
    if (isConflict(error)) return 'stale';
    return asProblem(name, error);
  }
}
