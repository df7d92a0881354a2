// Processes of pods as the host sees them: it shares no pid namespace with them, but it sees them all.
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { StatePaths } from './paths.ts';
import { allPids, readStat, signalPid } from './processes.ts';
import { waitFor } from './wait.ts';

/** A process inside a pod. `pid` is the host's. */
export interface PodProcess {
  readonly pid: number;
  readonly containerId: string;
  readonly argv: readonly string[];
}

/** All processes in the containers of a pod, its pause process included, found by their cgroups. */
export function processesOfPod(podUid: string): PodProcess[] {
  const marks = [`pod${podUid}/`, `pod${podUid.replaceAll('-', '_')}.slice/`];
  const found: PodProcess[] = [];
  for (const pid of allPids()) {
    const line = cgroupLines(pid).find((text) => marks.some((mark) => text.includes(mark)));
    const containerId = line === undefined ? undefined : /([0-9a-f]{64})/.exec(line)?.[1];
    if (containerId !== undefined) found.push({ pid, containerId, argv: argvOf(pid) });
  }
  return found;
}

/** SIGKILLs one process of a pod, as a fault. Throws when it is not there any more. */
export function killPid(pid: number): void {
  process.kill(pid, 'SIGKILL');
}

/** Ends every container of this cluster's containerd: its shims, their descendants, and orphans of shims that died. */
export async function killContainers(state: StatePaths): Promise<number> {
  const containers = await containerIds(state);
  const find = (): number[] => findContainerProcesses(state, containers);
  const first = find();
  await waitFor(
    async () => {
      const left = find();
      for (const pid of left) signalPid(pid, 'SIGKILL');
      return left.length === 0;
    },
    { what: 'end of all containers', deadlineMs: 30_000, everyMs: 100 },
  );
  return first.length;
}

function findContainerProcesses(state: StatePaths, containers: ReadonlySet<string>): number[] {
  const pids = allPids().filter((pid) => {
    const stat = readStat(pid);
    return stat !== undefined && !'ZX'.includes(stat.state);
  });
  const children = new Map<number, number[]>();
  for (const pid of pids) {
    const parent = readStat(pid)?.parent ?? 0;
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found = new Set<number>();
  const add = (pid: number): void => {
    if (found.has(pid)) return;
    found.add(pid);
    for (const child of children.get(pid) ?? []) add(child);
  };
  for (const pid of pids) {
    if (isShim(state, pid) || isInContainer(pid, containers)) add(pid);
  }
  return [...found];
}

function isShim(state: StatePaths, pid: number): boolean {
  const argv = argvOf(pid);
  const isShimProgram = argv[0]?.includes('containerd-shim') === true;
  return isShimProgram && argv.includes(state.containerdSocket);
}

function isInContainer(pid: number, containers: ReadonlySet<string>): boolean {
  return cgroupLines(pid).some((line) => {
    const id = /([0-9a-f]{64})/.exec(line)?.[1];
    return id !== undefined && containers.has(id);
  });
}

/** Ids of the containers that this containerd has started and not yet removed. */
async function containerIds(state: StatePaths): Promise<Set<string>> {
  const dir = join(state.containerd, 'state', 'io.containerd.runtime.v2.task', 'k8s.io');
  return new Set(await readdir(dir).catch(() => []));
}

function cgroupLines(pid: number): string[] {
  return read(pid, 'cgroup').split('\n');
}

function argvOf(pid: number): string[] {
  return read(pid, 'cmdline')
    .split('\0')
    .filter((word) => word !== '');
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // ended meanwhile
  }
}
