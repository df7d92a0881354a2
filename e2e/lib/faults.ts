import { killPid, processesOfPod, type PodProcess } from '../cluster/index.ts';
import type { AnyObject } from './objects.ts';

/** SIGKILLs the database (the JVM) in a pod of the local cluster. Throws when there is none. */
export function killDatabase(pod: AnyObject): void {
  killPid(find(pod, ({ argv }) => argv[0]?.endsWith('java') === true).pid);
}

/** SIGKILLs the pilot in a pod of the local cluster. */
export function killPilot(pod: AnyObject): void {
  killPid(find(pod, isNode('pilot.js')).pid);
}

/** SIGKILLs the controller in a pod of the local cluster. */
export function killController(pod: AnyObject): void {
  killPid(find(pod, isNode('controller.js')).pid);
}

function isNode(script: string): (process: PodProcess) => boolean {
  return ({ argv }) => argv[0]?.endsWith('/node') === true && argv.some((arg) => arg.endsWith(script));
}

function find(pod: AnyObject, wanted: (process: PodProcess) => boolean): PodProcess {
  const processes = processesOfPod(pod.metadata.uid);
  const found = processes.find(wanted);
  if (found !== undefined) return found;
  const seen = processes.map(({ argv }) => argv.slice(0, 3).join(' ')).join('; ');
  throw new Error(`Pod ${pod.metadata.name} has no such process; it has: ${seen}`);
}
