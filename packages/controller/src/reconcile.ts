import { randomUUID } from 'node:crypto';
import type { Clock, KubeObject, Logger, Reconcile, ReconcileOutcome } from '@navigator/kube';
import { ZodError } from 'zod';
import { clusterKey } from './cluster-key.ts';
import { isConfirmed } from './confirm.ts';
import type { ControllerEngine } from './engines/engine.ts';
import { execute, type Execution, type Tools } from './execute.ts';
import { observe, type ObserveInput } from './observe.ts';
import { plan, type Plan } from './plan.ts';
import type { PlanBook } from './plan-book.ts';
import { markRefused } from './refused-step.ts';
import { unreadableSpecStatus, withProblems, writeStatus } from './report.ts';
import type { ClusterSnapshot, Settings } from './snapshot.ts';
import { buildStatus } from './status.ts';
import type { Watches } from './watches.ts';

/** The caches of one namespace (or of all), and what writes with them. */
export interface Scope {
  readonly watches: Watches;
  readonly tools: Tools;
}

/** What a reconciler works with. */
export interface ReconcilerOptions {
  readonly engine: ControllerEngine;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly plans: PlanBook;
  readonly scopeOf: (namespace: string) => Scope | undefined;
  readonly countAction: (action: string, outcome: Execution['ended']) => void;
}

/** A foreign object is looked for again now and then: its removal is no event for us. */
const FOREIGN_RECHECK_MS = 60_000;
/** The watch event that ends a pass's wait usually comes first; this is for the case that it does not. */
const STALE_RECHECK_MS = 1000;

/** One engine's reconcile: observe, plan (which evaluates), execute, report. Level-based: it knows no event. */
export function createReconcile(options: ReconcilerOptions): Reconcile {
  return async ({ namespace = '', name }, signal) => {
    const { engine, plans, logger } = options;
    const key = clusterKey({ kind: engine.resource.kind, namespace, name });
    const scope = options.scopeOf(namespace);
    const cluster = scope?.watches.cluster(engine, { namespace, name });
    // The garbage collector deletes the children: they are all owned.
    if (!scope || !cluster || cluster.metadata.deletionTimestamp !== undefined) {
      plans.forget(key);
      return {};
    }
    const reconcileId = randomUUID().slice(0, 8);
    const log = logger.child({ cluster: `${namespace}/${name}`, kind: engine.resource.kind, reconcileId });
    const pass = { ...options, scope: { ...scope, tools: { ...scope.tools, logger: log } }, key, cluster, log, reconcileId };
    return await reconcileCluster(pass, signal);
  };
}

interface Pass extends ReconcilerOptions {
  readonly scope: Scope;
  readonly key: string;
  readonly cluster: KubeObject;
  readonly log: Logger;
  readonly reconcileId: string;
}

async function reconcileCluster(pass: Pass, signal: AbortSignal): Promise<ReconcileOutcome> {
  const { engine, scope, key, cluster, log, clock } = pass;
  const target = { key, resource: engine.resource, cluster };
  const statusTools = { ...scope.tools, echoes: scope.watches.echoes, signal };
  const input = observeInput(pass);
  const snapshot = tryObserve(input);
  if (snapshot instanceof ZodError) {
    const wrote = await writeStatus(target, unreadableSpecStatus(cluster, snapshot, clock.now()), statusTools);
    if (wrote) log.warn({ issues: snapshot.issues.length }, 'the spec cannot be read');
    return {};
  }
  const decision = plan(snapshot, engine);
  if (!(await isConfirmed(decision, input, { client: scope.tools.client, signal }))) {
    log.info({ stops: decision.step?.stops }, 'the caches are behind: a step was put off');
    return { requeueAfterMs: STALE_RECHECK_MS };
  }
  const { statefulSets } = input;
  const execution = await execute({ ...target, statefulSets, plan: decision }, scope.tools, signal);
  pass.plans.record(key, { at: snapshot.now, reconcileId: pass.reconcileId, plan: decision, execution });
  if (execution.ended === 'annotated' || execution.ended === 'stale') return { requeueAfterMs: STALE_RECHECK_MS };
  noteWork(pass, decision, execution);
  for (const note of decision.notes) scope.tools.tell(cluster, note);
  const { problems, refused } = execution;
  const told = withProblems(cluster, buildStatus(snapshot, decision, engine), { problems, now: snapshot.now });
  const action = decision.step?.action;
  const status = refused && action ? { ...told, plan: markRefused(told.plan, action, refused) } : told;
  await writeStatus(target, status, statusTools);
  const failed = execution.problems.find(({ reason }) => reason === 'ApiError');
  if (failed) throw failed.error;
  const rechecks = [execution.problems.length > 0 ? FOREIGN_RECHECK_MS : undefined, decision.requeueAfterMs];
  const dates = rechecks.filter((ms) => ms !== undefined);
  return dates.length === 0 ? {} : { requeueAfterMs: Math.min(...dates) };
}

function observeInput({ engine, scope, cluster, clock, settings }: Pass): ObserveInput {
  const ref = { kind: cluster.kind, namespace: cluster.metadata.namespace ?? '', name: cluster.metadata.name };
  return { now: clock.now(), settings, engine, cluster, ...scope.watches.children(ref) };
}

function tryObserve(input: ObserveInput): ClusterSnapshot | ZodError {
  try {
    return observe(input);
  } catch (error) {
    if (error instanceof ZodError) return error;
    throw error;
  }
}

/** One line a pass that did something: thousands of clusters write millions of objects. */
function noteWork({ log, countAction }: Pass, { step }: Plan, { ended, written }: Execution): void {
  if (!step) return written.length === 0 ? undefined : log.info({ written, ended }, 'wrote objects');
  const { name: action, nodePool, target, why } = step.action;
  countAction(action, ended);
  log.info({ action, nodePool, target, why, written, ended }, 'worked on an Action');
}
