import type { NodeState } from './node-state.ts';

/** A look older than this says nothing about now. */
const LOOK_EXPIRY_MS = 10_000;
/** How long a process that once served may show no life before the kubelet shall restart it. */
const DEAD_AFTER_MS = 60_000;

export interface ProbeAnswer {
  readonly ok: boolean;
  readonly message: string;
}

/** Readiness: whether the database serves now, as far as a fresh look tells. Pure. */
export function readiness(state: Pick<NodeState, 'life' | 'look'>, nowMs: number): ProbeAnswer {
  const { life, look } = state;
  if (life.phase !== 'Running') return { ok: false, message: `${life.phase}: ${life.message ?? 'not serving'}` };
  if (look?.observation === undefined || nowMs - look.atMs > LOOK_EXPIRY_MS)
    return { ok: false, message: life.message ?? 'no fresh look' };
  if (!look.observation.ready) return { ok: false, message: look.observation.message ?? 'not ready' };
  return { ok: true, message: 'ready' };
}

/**
 * Liveness: fails only for a process that served and then showed no life for a minute, in each look without a gap. Starting,
 * waiting, draining and being slow are no reasons to kill a database.
 */
export function liveness(state: Pick<NodeState, 'life' | 'dead'>): ProbeAnswer {
  const { life, dead } = state;
  if (life.stopping || dead === undefined) return { ok: true, message: life.phase };
  const deadMs = dead.toMs - dead.fromMs;
  if (deadMs < DEAD_AFTER_MS) return { ok: true, message: `no sign of life for ${Math.round(deadMs / 1000)} s` };
  return { ok: false, message: `the process has shown no sign of life for ${Math.round(deadMs / 1000)} s` };
}
