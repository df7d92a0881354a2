import type { KubeObject } from '@navigator/kube';
import { sameJson } from '@navigator/kube/testing';
import type { World } from './world.ts';

/** What is the same in two worlds that took different ways to one end: no uids, times, versions, addresses, counters. */
export function endState(world: World): Record<string, unknown> {
  const { store } = world.server;
  const entries = store
    .collections()
    .filter((collection) => collection !== 'events')
    .flatMap((collection) =>
      store.list(collection).map((object): [string, unknown] => [`${collection}/${object.metadata.name}`, normalised(object)]),
    );
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function normalised(object: KubeObject): unknown {
  const { metadata, status, ...rest } = object;
  const { name, labels, annotations, ownerReferences = [], deletionTimestamp, finalizers } = metadata;
  const owners = ownerReferences.map(({ kind, name: owner, controller }) => ({ kind, name: owner, controller }));
  return {
    ...rest,
    metadata: { name, labels, annotations: withoutIds(annotations), owners, going: deletionTimestamp !== undefined, finalizers },
    status: statusOf(object.kind, status),
  };
}

/** What the cluster calls itself is as chance has it; fingerprints of what we applied have uids in them. */
function withoutIds(annotations: Record<string, string> | undefined): unknown {
  if (!annotations) return undefined;
  return Object.fromEntries(
    Object.entries(annotations).map(([key, value]) => [
      key,
      /\/(cluster-id|applied-hash|made-from|not-after|renew-after|trusted-since)$/.test(key) ? '<id>' : value,
    ]),
  );
}

type Loose = Record<string, unknown>;

function statusOf(kind: string, status: unknown): unknown {
  if (typeof status !== 'object' || status === null) return undefined;
  const all = status as Loose;
  if (kind === 'Pod') return { phase: all['phase'], conditions: all['conditions'] };
  if (kind === 'StatefulSet') return { ...all, observedGeneration: undefined };
  if (kind === 'Pilot') return pilotStatus(all);
  if (kind.endsWith('Cluster')) return clusterStatus(all);
  return all;
}

function pilotStatus({ phase, health, version, message }: Loose): unknown {
  return { phase, health, version, message };
}

function clusterStatus(status: Loose): unknown {
  const conditions = Array.isArray(status['conditions'])
    ? status['conditions'].map((condition: Loose) => ({
        ...condition,
        lastTransitionTime: undefined,
        observedGeneration: undefined,
      }))
    : undefined;
  return { ...status, conditions, history: undefined, healthSince: undefined, observedGeneration: undefined };
}

/** Where two states differ, at most `limit` paths, in words. */
export function differences(expected: unknown, actual: unknown, limit = 6): string[] {
  const found: string[] = [];
  walk(expected, actual, '');
  return found;

  function walk(a: unknown, b: unknown, path: string): void {
    if (found.length >= limit || sameJson(a, b)) return;
    if (!isMap(a) || !isMap(b)) {
      found.push(`${path}: ${short(a)} became ${short(b)}`);
      return;
    }
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) walk(a[key], b[key], path === '' ? key : `${path}.${key}`);
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function short(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}
