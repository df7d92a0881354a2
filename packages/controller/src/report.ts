import { CONDITION_TYPES, type Condition, type ConditionType, withAdvice } from '@navigator/api-types';
import { type Expectations, type KubeClient, type KubeObject, type Resource, sameJson } from '@navigator/kube';
import type { ZodError } from 'zod';
import type { ObjectProblem } from './object-problem.ts';
import { readClusterStatus } from './observe.ts';
import type { StatusEchoes } from './status-echoes.ts';
import type { ClusterStatus } from './status.ts';

/** What a status is written with. */
export interface StatusTools {
  readonly client: KubeClient;
  readonly expectations: Pick<Expectations, 'expect'>;
  readonly echoes: Pick<StatusEchoes, 'expect' | 'forget'>;
}

/** Whose status is written. */
export interface StatusTarget {
  readonly key: string;
  readonly resource: Resource;
  /** As it is in the cache. */
  readonly cluster: KubeObject;
}

/** Writes the status unless it is there already. Returns whether it wrote. */
export async function writeStatus(
  target: StatusTarget,
  status: ClusterStatus,
  tools: StatusTools & { readonly signal: AbortSignal },
): Promise<boolean> {
  const { cluster, resource, key } = target;
  // What travels has no undefined fields, so neither has what is compared.
  const wire = withoutAbsent(status);
  if (sameJson(cluster['status'], wire)) return false;
  const { name, namespace, uid } = cluster.metadata;
  // The uid keeps the status of a deleted cluster from being written to a new one of the same name.
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }) };
  const object: KubeObject = { apiVersion: cluster.apiVersion, kind: cluster.kind, metadata, status: wire };
  tools.echoes.expect(key, wire);
  try {
    const answer = await tools.client.applyStatus(resource, object, tools.signal);
    tools.expectations.expect(key, resource, answer);
  } catch (error) {
    tools.echoes.forget(key);
    throw error;
  }
  return true;
}

function withoutAbsent(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutAbsent);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields.map(([name, field]) => [name, withoutAbsent(field)]));
}

interface Finding {
  readonly status: Condition['status'];
  readonly reason: Condition['reason'];
  readonly message: string;
}

/**
 * The status with what could not be written in its conditions. A foreign object stands until a person removes it. What only
 * clients read leaves the cluster Ready, for all nodes serve as asked, but Degraded.
 */
export function withProblems(
  cluster: KubeObject,
  status: ClusterStatus,
  report: { problems: readonly ObjectProblem[]; now: number },
): ClusterStatus {
  const { problems, now } = report;
  const first = problems.find(({ ofClients }) => ofClients !== true);
  const beside = problems.find(({ ofClients }) => ofClients === true);
  if (first === undefined && beside === undefined) return status;
  const findings = {
    ...(first === undefined ? {} : inTheWay(first)),
    ...(beside === undefined ? {} : { Degraded: degradedBy(beside, status.conditions) }),
  };
  return { ...status, conditions: withFindings(cluster, status.conditions, { findings, now }) };
}

function inTheWay({ reason, message: told }: ObjectProblem): Partial<Record<ConditionType, Finding>> {
  const message = withAdvice(reason, told);
  const needsSomebody = reason !== 'ApiError';
  return {
    Ready: { status: 'False', reason, message },
    Reconciling: { status: needsSomebody ? 'False' : 'True', reason, message },
    ...(needsSomebody ? { Stalled: { status: 'True', reason, message } } : {}),
  };
}

/** What is wrong with nodes or data comes first. */
function degradedBy({ reason, message: told }: ObjectProblem, conditions: readonly Condition[]): Finding {
  const message = withAdvice(reason, told);
  const other = conditions.find(({ type, status }) => type === 'Degraded' && status === 'True');
  if (other === undefined) return { status: 'True', reason, message };
  return { status: 'True', reason: other.reason, message: `${other.message}. Also: ${message}` };
}

/** The status of a cluster whose spec cannot even be parsed: admission was bypassed, or the schema became stricter. */
export function unreadableSpecStatus(cluster: KubeObject, error: ZodError, now: number): ClusterStatus {
  const before = readClusterStatus(cluster);
  const issue = error.issues[0];
  const path = ['spec', ...(issue?.path ?? [])].map(String).join('.');
  const wrong = { reason: 'InvalidSpec', message: `${path}: ${issue?.message ?? 'cannot be read'}` } as const;
  const findings: Record<ConditionType, Finding> = {
    Ready: { status: 'False', ...wrong },
    Reconciling: { status: 'False', ...wrong },
    Stalled: { status: 'True', ...wrong },
    Degraded: { status: 'Unknown', ...wrong },
    Paused: { status: 'Unknown', ...wrong },
  };
  const conditions = withFindings(cluster, before.conditions, { findings, now });
  return { ...before, observedGeneration: cluster.metadata.generation ?? 0, conditions };
}

/** A condition's time is the one in the cache while its status is the same as there. */
function withFindings(
  cluster: KubeObject,
  conditions: readonly Condition[],
  { findings, now }: { readonly findings: Partial<Record<ConditionType, Finding>>; readonly now: number },
): Condition[] {
  const cached = readClusterStatus(cluster).conditions;
  return CONDITION_TYPES.flatMap((type) => {
    const finding = findings[type];
    const old = conditions.find((condition) => condition.type === type);
    if (!finding) return old ? [old] : [];
    const before = cached.find((condition) => condition.type === type);
    const lastTransitionTime = before?.status === finding.status ? before.lastTransitionTime : new Date(now).toISOString();
    return [{ type, ...finding, observedGeneration: cluster.metadata.generation ?? 0, lastTransitionTime }];
  });
}
