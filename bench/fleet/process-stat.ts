import { readFileSync } from 'node:fs';

/** What the kernel says of one process. */
export interface ProcessStat {
  /** User and system time since it started. */
  readonly cpuSeconds: number;
  readonly residentMiB: number;
  /** The most that was ever resident. */
  readonly peakMiB: number;
}

/** USER_HZ, which is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Reads /proc. @throws when the process is gone. */
export function statOf(pid: number): ProcessStat {
  return {
    cpuSeconds: cpuSecondsIn(readFileSync(`/proc/${pid}/stat`, 'utf8')),
    ...memoryIn(readFileSync(`/proc/${pid}/status`, 'utf8')),
  };
}

/** Fields 14 and 15; the name before them is in brackets and may hold anything. */
export function cpuSecondsIn(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** VmRSS and VmHWM. */
export function memoryIn(status: string): { readonly residentMiB: number; readonly peakMiB: number } {
  const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN);
  return { residentMiB: kib('VmRSS') / 1024, peakMiB: kib('VmHWM') / 1024 };
}
