import { type KubeObject, sameJson } from '@navigator/kube';
import { isSettled } from './beats.ts';
import { withoutStatus } from './news.ts';
import { readClusterStatus } from './observe.ts';
import { isRefusal } from './refused-step.ts';

/**
 * Statuses that were written, or may have been, and have not come back yet. One that comes back with nothing else changed tells
 * nobody anything: the pass that wrote it knew the rest. Were it news, each status would cost a second pass, and a refusal that
 * words itself anew each time would be tried again at once, for ever, whatever the back-off.
 *
 * Compared is what they say and not their resourceVersion, since a watch may be quicker than the answer to the write.
 */
export class StatusEchoes {
  readonly #written = new Map<string, unknown>();

  /** This is being written for the cluster of that key, as plain JSON. */
  expect(key: string, status: unknown): void {
    this.#written.set(key, status);
  }

  /** The write failed, or the cluster is gone: whatever comes now is news. */
  forget(key: string): void {
    this.#written.delete(key);
  }

  /** Whether the cluster has changed in nothing but what a pass has just written, and no decision hangs on that. */
  isEcho(key: string, old: KubeObject, cluster: KubeObject): boolean {
    const written = this.#written.get(key);
    if (written === undefined || !sameJson(cluster['status'], written)) return false;
    this.#written.delete(key);
    return sameJson(withoutStatus(old), withoutStatus(cluster)) && !isRemembered(old, cluster);
  }
}

/**
 * Whether the next pass could decide otherwise, only for what is in the status now: an upgrade is judged from the version, and a step
 * that was refused lets others go first. And while the old status said that all was well, beats were passed over.
 */
function isRemembered(old: KubeObject, cluster: KubeObject): boolean {
  return !sameJson(memoryOf(old), memoryOf(cluster)) || (isSettled(old) && !isSettled(cluster));
}

function memoryOf(cluster: KubeObject): unknown {
  const { version, plan } = readClusterStatus(cluster);
  const refused = plan.filter(isRefusal).map(({ action, nodePool, target }) => [action, nodePool, target]);
  return { version, refused };
}
