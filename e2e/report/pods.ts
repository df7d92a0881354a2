import type { Moment } from '../lib/traffic/moments.ts';

/** What Navigator and Kubernetes took for the pods of a record, in ms; the longest, undefined where none was seen whole. */
export interface PodFigures {
  /** Pods that were deleted and serve again. */
  readonly replaced: number;
  /** From a pod's deletion until its database process has ended: the pilot's last look and the database's own stop. */
  readonly stopMs: number | undefined;
  /** From then until the next process begins: what Kubernetes and Navigator take between two processes. */
  readonly againMs: number | undefined;
  /** From the moment a node serves again and the cluster is Green until the next pod of the roll is deleted. */
  readonly nextMs: number | undefined;
  /** From the moment a leaving node is empty until it is told that it has left. */
  readonly leftMs: number | undefined;
}

interface Turn {
  readonly deletedMs: number;
  readonly runningMs: number;
  readonly stopMs: number;
  readonly againMs: number;
  /** The controller deleted it, so the time before it is the controller's too. */
  readonly isOrdered: boolean;
}

/** Reckons what the moments of a record tell. Pure. */
export function podFiguresOf(moments: readonly Moment[]): PodFigures {
  const inOrder = moments.toSorted((a, b) => a.atMs - b.atMs);
  const turns = inOrder.flatMap((moment) => (moment.what === 'Deleted' ? turnOf(inOrder, moment) : []));
  const nexts = turns.flatMap((turn, i) => {
    const before = turns[i - 1];
    const fit = before === undefined ? undefined : fitAfter(inOrder, before.runningMs);
    const isOfARoll = turn.isOrdered && before?.isOrdered === true;
    return fit === undefined || !isOfARoll || turn.deletedMs < fit ? [] : [turn.deletedMs - fit];
  });
  const lefts = inOrder.flatMap((moment) => {
    const empty = inOrder.findLast(({ what, pod, atMs }) => what === 'Emptied' && pod === moment.pod && atMs <= moment.atMs);
    return moment.what === 'Decommissioned' && empty !== undefined ? [moment.atMs - empty.atMs] : [];
  });
  return {
    replaced: turns.length,
    stopMs: longest(turns.map(({ stopMs }) => stopMs)),
    againMs: longest(turns.map(({ againMs }) => againMs)),
    nextMs: longest(nexts),
    leftMs: longest(lefts),
  };
}

function turnOf(moments: readonly Moment[], { pod, atMs: deletedMs }: Moment): Turn[] {
  const own = moments.filter((moment) => moment.pod === pod && moment.atMs >= deletedMs);
  const after = (what: Moment['what'], fromMs: number): number | undefined =>
    own.find((moment) => moment.what === what && moment.atMs >= fromMs)?.atMs;
  const stoppedMs = after('Stopped', deletedMs);
  const startedMs = after('Started', stoppedMs ?? deletedMs);
  const runningMs = after('Running', startedMs ?? deletedMs);
  if (stoppedMs === undefined || startedMs === undefined || runningMs === undefined) return [];
  // Deleted again before its process began: nobody waited for that one.
  if (own.some(({ what, atMs }) => what === 'Deleted' && atMs > deletedMs && atMs < startedMs)) return [];
  // The order comes with the deletion: whichever of the two watches is faster tells first.
  const isOrdered = moments.some(
    (moment) => moment.pod === pod && moment.what === 'Ordered' && moment.atMs > deletedMs - 10_000 && moment.atMs < startedMs,
  );
  return [{ deletedMs, runningMs, stopMs: stoppedMs - deletedMs, againMs: startedMs - stoppedMs, isOrdered }];
}

/** When the leader first told Green while or after the node served again. */
function fitAfter(moments: readonly Moment[], runningMs: number): number | undefined {
  const isHealth = ({ what }: Moment): boolean => what === 'Green' || what === 'Yellow' || what === 'Red';
  const then = moments.findLast((moment) => isHealth(moment) && moment.atMs <= runningMs);
  if (then?.what === 'Green') return runningMs;
  return moments.find(({ what, atMs }) => what === 'Green' && atMs > runningMs)?.atMs;
}

function longest(times: readonly number[]): number | undefined {
  return times.length === 0 ? undefined : Math.max(...times);
}
