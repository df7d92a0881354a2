import { pilotSpecSchema, pilotStatusSchema } from '@navigator/api-types';
import { z } from 'zod';
import { followObjects } from '../follow.ts';
import type { AnyObject, Namespace } from '../objects.ts';

/**
 * Something that was seen to happen to a pod, or to the cluster as its leader's pilot tells it. `Ordered`: the pilots were told that
 * the controller restarts it; `Deleted`: Kubernetes was asked to end it; `Stopped`: its database process has ended; `Started`: the
 * next one has begun; `Emptied`: a node that leaves holds no copy any more.
 */
export const momentSchema = z.object({
  atMs: z.number(),
  pod: z.string(),
  what: z.enum(['Ordered', 'Deleted', 'Stopped', 'Started', 'Running', 'Emptied', 'Decommissioned', 'Green', 'Yellow', 'Red']),
});
export type Moment = z.infer<typeof momentSchema>;

const pilotSchema = z.object({ spec: pilotSpecSchema, status: pilotStatusSchema.optional() });

/** Notes the moments of a cluster's pods as the API server tells them, until disposed. */
export function followMoments(namespace: Namespace, cluster: string, note: (moment: Moment) => void): Disposable {
  const selected = ['-l', `navigator.dev/cluster=${cluster}`];
  const readPod = podReader();
  const readPilot = pilotReader();
  const follows = [
    followObjects(namespace, ['pods', ...selected], (pod) => readPod(pod, Date.now()).forEach(note)),
    followObjects(namespace, ['pilots.navigator.dev', ...selected], (pilot) => readPilot(pilot, Date.now()).forEach(note)),
  ];
  return { [Symbol.dispose]: () => follows.forEach((follow) => follow[Symbol.dispose]()) };
}

type Reader = (object: AnyObject, atMs: number) => Moment[];

/** Pods to moments: each one's deletion, once. */
export function podReader(): Reader {
  const deleted = new Set<string>();
  return ({ metadata: { name, uid, deletionTimestamp } }, atMs) => {
    if (deletionTimestamp === undefined || deleted.has(uid)) return [];
    deleted.add(uid);
    return [{ atMs, pod: name, what: 'Deleted' }];
  };
}

/** Pilots to moments: what a Pilot says now and did not say before. */
export function pilotReader(): Reader {
  const before = new Map<string, readonly Moment[]>();
  /** What each member held when that was last known, whoever told it. */
  const copies = new Map<string, number>();
  let health: string | undefined;
  return (object, atMs) => {
    const { name } = object.metadata;
    const { spec, status } = pilotSchema.parse(object);
    const { phase, process, view } = status ?? {};
    const members = view?.members ?? [];
    const now: Moment[] = [
      ...(spec.orders?.restarting ?? []).map((pod) => ({ atMs, pod, what: 'Ordered' as const })),
      ...(spec.desired === 'Decommissioned' ? [{ atMs, pod: name, what: 'Decommissioned' as const }] : []),
      ...(phase === 'Running' || phase === 'Stopped' ? [{ atMs, pod: name, what: phase }] : []),
      ...(process === undefined ? [] : [{ atMs: Date.parse(process.startedAt), pod: name, what: 'Started' as const }]),
    ];
    const known = before.get(name);
    before.set(name, now);
    const emptied = members.flatMap(({ name: member, copies: left }) => {
      if (member === undefined || left === undefined) return [];
      const held = copies.get(member);
      copies.set(member, left);
      return left === 0 && held !== 0 ? [{ atMs, pod: member, what: 'Emptied' as const }] : [];
    });
    const others = known === undefined ? [] : now.filter((moment) => !known.some((old) => isSame(old, moment)));
    const news = [...others, ...emptied];
    const isNews = view?.authoritative === true && view.health !== health;
    if (isNews) health = view.health;
    return isNews && isHealth(health) ? [...news, { atMs, pod: '', what: health }] : news;
  };
}

/** A process is another one when it started at another time; all else is what it is. */
function isSame(a: Moment, b: Moment): boolean {
  return a.pod === b.pod && a.what === b.what && (a.what !== 'Started' || a.atMs === b.atMs);
}

const HEALTH = ['Green', 'Yellow', 'Red'] as const;
function isHealth(text: string | undefined): text is (typeof HEALTH)[number] {
  return HEALTH.some((word) => word === text);
}
