import type { Figures } from './figures.ts';
import type { Cost } from './phases/bench.ts';
import type { TemplateEdits } from './phases/broken.ts';
import type { Creation } from './phases/creation.ts';
import type { Edits } from './phases/edits.ts';
import type { ForeignSecrets } from './phases/foreign-secrets.ts';
import type { Idle } from './phases/idle.ts';
import type { Calls } from './metrics-text.ts';
import type { Replayed } from './phases/replay.ts';
import type { Restart } from './phases/restart.ts';
import type { Latency } from './statistics.ts';

type Row = readonly [string, string];

/** The figures for people: one line each. */
export function asTable(figures: Figures): string {
  const { clusters, load, startCpuSeconds, creation, templates, life, idle, sizes, repairs, secrets, restart, replay } = figures;
  const rows: readonly Row[] = [
    ['clusters', `${clusters} of three nodes; load of the machine before: ${load.toFixed(1)}`],
    ['start of the controller', `${seconds(startCpuSeconds)} CPU until it leads over nothing`],
    ...of(creation, (it) => creationRows(it, clusters)),
    ...of(templates, templateRows),
    ...of(life, (it) => [['all Ready (pods, joins, reports)', seconds(it.allReadySeconds)], ...costRows(it, clusters)]),
    ...of(idle, idleRows),
    ...of(sizes, (it) => [['edit of size → StatefulSet', edited(it)]]),
    ...of(repairs, (it) => [['Service deleted → back', latency(it)]]),
    ...of(secrets, secretRows),
    ...of(restart, restartRows),
    ...of(replay, replayRows),
    ...of(figures.failed, (why) => [['FAILED', why]]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

function of<T>(measured: T | undefined, rows: (measured: T) => readonly Row[]): readonly Row[] {
  return measured === undefined ? [] : rows(measured);
}

function creationRows(creation: Creation, clusters: number): readonly Row[] {
  const { allChildrenSeconds, creatingSeconds, firstStatefulSet, after } = creation;
  return [
    ['all children (no pods yet)', `${seconds(allChildrenSeconds)} (objects created within ${seconds(creatingSeconds)})`],
    ['  creation → StatefulSet', latency(firstStatefulSet)],
    ...costRows(creation, clusters),
    ['  until at rest, in addition', `${seconds(after.cpuSeconds)} CPU, ${calls(after, clusters)}`],
  ];
}

function idleRows(idle: Idle): readonly Row[] {
  const { requests, writes, cpuSeconds, passes, pilots, reportsPerMinute, late, serverCpuSeconds } = idle;
  return [
    [
      `idle ${idle.seconds.toFixed(0)} s`,
      `${requests} requests (${verbs(idle.byVerb)}), ${writes} writes, ${seconds(cpuSeconds)} CPU, ${passes} passes`,
    ],
    [
      `  ${pilots} pilots report`,
      `${reportsPerMinute.toFixed(0)} writes/min, ${late} late; API server ${seconds(serverCpuSeconds)} CPU`,
    ],
  ];
}

function secretRows({ secrets, grownMiB, requests, calls: counts }: ForeignSecrets): readonly Row[] {
  return [[`${secrets} foreign Secrets of 1 MB`, `${grownMiB.toFixed(1)} MiB more, ${requests} requests (${verbs(counts)})`]];
}

function restartRows(restart: Restart): readonly Row[] {
  const { leadsSeconds, stopSeconds, inStepSeconds, cpuSeconds, peakMiB, requests, writes } = restart;
  return [
    ['restart: leads', `${seconds(leadsSeconds)} after its start (stopped in ${seconds(stopSeconds)})`],
    ['restart: in step', `${seconds(inStepSeconds)}, ${seconds(cpuSeconds)} CPU, peak ${peakMiB.toFixed(0)} MiB`],
    ['restart: requests', `${requests}, of them ${writes} writes`],
  ];
}

function templateRows({ calm, disturbed, broken }: TemplateEdits): readonly Row[] {
  const rows: readonly Row[] = [['edit of template → StatefulSet', edited(calm)]];
  if (disturbed === undefined || broken === undefined) return rows;
  const { clusters, requests, seconds: lasted, cpuSeconds } = broken;
  return [
    ...rows,
    [`  beside ${clusters} broken clusters`, edited(disturbed)],
    [
      '  what those cost at first',
      `${(requests / lasted).toFixed(1)} requests a second, ${seconds(cpuSeconds)} CPU in ${seconds(lasted)}`,
    ],
  ];
}

function edited({ sinceSent, sinceAccepted }: Edits): string {
  return `${latency(sinceSent)} since sent; ${latency(sinceAccepted)} since accepted`;
}

function replayRows(replay: Replayed): readonly Row[] {
  const { clusters, pilots, beating, writes } = replay;
  const started = `${seconds(replay.startCpuSeconds)} CPU, peak ${replay.peakMiB.toFixed(0)} MiB`;
  const cost = `${seconds(beating.cpuSeconds)} CPU in ${seconds(beating.seconds)}, ${beating.residentMiB.toFixed(0)} MiB, peak ${beating.peakMiB.toFixed(0)} MiB`;
  return [
    [
      `replay of ${clusters} clusters: restart`,
      `leads ${seconds(replay.leadsSeconds)}, in step ${seconds(replay.inStepSeconds)}, ${started}`,
    ],
    [
      `  ${pilots} pilots report`,
      `${beating.beatsPerMinute.toFixed(0)} a minute: ${cost}, ${beating.requests} requests; ${writes} writes wanted`,
    ],
  ];
}

function costRows(cost: Cost, clusters: number): readonly Row[] {
  return [
    ['  controller', `${seconds(cost.cpuSeconds)} CPU, ${cost.residentMiB.toFixed(0)} MiB, peak ${cost.peakMiB.toFixed(0)} MiB`],
    ['  requests', calls(cost, clusters)],
    ['  API server, harness', `${seconds(cost.serverCpuSeconds)}, ${seconds(cost.worldCpuSeconds)} CPU`],
  ];
}

function seconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} s`;
}

function latency({ p50Ms, p99Ms, count }: Latency): string {
  return `p50 ${milliseconds(p50Ms)}, p99 ${milliseconds(p99Ms)} (${count})`;
}

function milliseconds(value: number): string {
  return Math.abs(value) >= 1000 ? seconds(value / 1000) : `${value.toFixed(1)} ms`;
}

function verbs(counts: Calls): string {
  const parts = Object.entries(counts).map(([verb, count]) => `${verb} ${count}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}

function calls(cost: Cost, clusters: number): string {
  return `${cost.requests} requests = ${(cost.requests / clusters).toFixed(1)} a cluster (${verbs(cost.byVerb)}); ${cost.passes} passes`;
}
