import type { Figures } from './figures.ts';
import type { Cost } from './phases/bench.ts';
import type { TemplateEdits } from './phases/broken.ts';
import type { Edits } from './phases/edits.ts';
import type { Calls } from './metrics-text.ts';
import type { Replayed } from './phases/replay.ts';
import type { Latency } from './statistics.ts';

/** The figures for people: one line each. */
export function asTable(figures: Figures): string {
  const { clusters, load, startCpuSeconds, creation, templates, life, idle, sizes, repairs, secrets, restart, replay } = figures;
  const rows: readonly (readonly [string, string])[] = [
    ['clusters', `${clusters} of three nodes; load of the machine before: ${load.toFixed(1)}`],
    ['start of the controller', `${seconds(startCpuSeconds)} CPU until it leads over nothing`],
    [
      'all children (no pods yet)',
      `${seconds(creation.allChildrenSeconds)} (objects created within ${seconds(creation.creatingSeconds)})`,
    ],
    ['  creation → StatefulSet', latency(creation.firstStatefulSet)],
    ...costRows(creation, clusters),
    ['  until at rest, in addition', `${seconds(creation.after.cpuSeconds)} CPU, ${calls(creation.after, clusters)}`],
    ...templateRows(templates),
    ['all Ready (pods, joins, reports)', seconds(life.allReadySeconds)],
    ...costRows(life, clusters),
    [
      `idle ${idle.seconds.toFixed(0)} s`,
      `${idle.requests} requests (${verbs(idle.byVerb)}), ${idle.writes} writes, ${seconds(idle.cpuSeconds)} CPU, ${idle.passes} passes`,
    ],
    [
      `  ${idle.pilots} pilots report`,
      `${idle.reportsPerMinute.toFixed(0)} writes/min, ${idle.late} late; API server ${seconds(idle.serverCpuSeconds)} CPU`,
    ],
    ['edit of size → StatefulSet', edited(sizes)],
    ['Service deleted → back', latency(repairs)],
    ...(secrets === undefined
      ? []
      : ([
          [
            `${secrets.secrets} foreign Secrets of 1 MB`,
            `${secrets.grownMiB.toFixed(1)} MiB more, ${secrets.requests} requests (${verbs(secrets.calls)})`,
          ],
        ] as const)),
    ['restart: leads', `${seconds(restart.leadsSeconds)} after its start (stopped in ${seconds(restart.stopSeconds)})`],
    [
      'restart: in step',
      `${seconds(restart.inStepSeconds)}, ${seconds(restart.cpuSeconds)} CPU, peak ${restart.peakMiB.toFixed(0)} MiB`,
    ],
    ['restart: requests', `${restart.requests}, of them ${restart.writes} writes`],
    ...(replay === undefined ? [] : replayRows(replay)),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

function templateRows({ calm, disturbed, broken }: TemplateEdits): readonly (readonly [string, string])[] {
  const rows = [['edit of template → StatefulSet', edited(calm)]] as const;
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

function replayRows(replay: Replayed): readonly (readonly [string, string])[] {
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

function costRows(cost: Cost, clusters: number): readonly (readonly [string, string])[] {
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
