import { killPid, processesOfPod, type PodProcess } from '../cluster/index.ts';
import type { AnyObject } from './objects.ts';

/** SIGKILLs the database (the JVM) in a pod of the local cluster. Throws when there is none. */
export function killDatabase(pod: AnyObject): void {
  killOrThrow(pod, isDatabase);
}

/** Whether a database (a JVM) runs in a pod of the local cluster. */
export function hasDatabase(pod: AnyObject): boolean {
  return processesOfPod(pod.metadata.uid).some(isDatabase);
}

function isDatabase({ argv }: PodProcess): boolean {
  return argv[0]?.endsWith('java') === true;
}

/** SIGKILLs the pilot in a pod of the local cluster. */
export function killPilot(pod: AnyObject): void {
  killOrThrow(pod, isNode('pilot.js'));
}

/** SIGKILLs the controller in a pod of the local cluster. Returns false when none runs there now. */
export function killController(pod: AnyObject): boolean {
  const found = processesOfPod(pod.metadata.uid).find(isNode('controller.js'));
  if (found === undefined) return false;
  killPid(found.pid);
  return true;
}

function isNode(script: string): (process: PodProcess) => boolean {
  return ({ argv }) => argv[0]?.endsWith('/node') === true && argv.some((arg) => arg.endsWith(script));
}

function killOrThrow(pod: AnyObject, wanted: (process: PodProcess) => boolean): void {
  const processes = processesOfPod(pod.metadata.uid);
  const found = processes.find(wanted);
  if (found !== undefined) return killPid(found.pid);
  const seen = processes.map(({ argv }) => argv.slice(0, 3).join(' ')).join('; ');
  throw new Error(`Pod ${pod.metadata.name} has no such process; it has: ${seen}`);
}
