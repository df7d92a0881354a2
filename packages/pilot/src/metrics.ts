import { PILOT_PHASES } from '@navigator/api-types';
import type { NodeState } from './node-state.ts';

export interface MetricsInput {
  readonly state: NodeState;
  readonly reports: { readonly written: number; readonly errors: number };
  readonly drainSeconds: number | undefined;
  readonly nowMs: number;
  readonly residentBytes: number;
}

/** The pilot's metrics in Prometheus' text format. By hand: a handful of numbers is not worth a library's memory. */
export function renderMetrics({ state, reports, drainSeconds, nowMs, residentBytes }: MetricsInput): string {
  const lines: string[] = [];
  family(lines, 'navigator_pilot_phase', 'gauge', 'Phase of the node: 1 for the current one.');
  for (const phase of PILOT_PHASES) lines.push(`navigator_pilot_phase{phase="${phase}"} ${state.life.phase === phase ? 1 : 0}`);
  if (state.look !== undefined) {
    const age = (nowMs - state.look.atMs) / 1000;
    single(lines, 'navigator_pilot_observation_age_seconds', 'gauge', ['Age of the last look at the database.', age]);
  }
  single(lines, 'navigator_pilot_process_restarts_total', 'counter', [
    'How often the process ended by itself in this pod.',
    state.facts.restarts,
  ]);
  single(lines, 'navigator_pilot_reports_total', 'counter', ['Reports written to the API server.', reports.written]);
  single(lines, 'navigator_pilot_report_errors_total', 'counter', ['Reports that could not be written.', reports.errors]);
  if (drainSeconds !== undefined) {
    single(lines, 'navigator_pilot_drain_seconds', 'gauge', ['How long the drain before the stop took.', drainSeconds]);
  }
  single(lines, 'process_resident_memory_bytes', 'gauge', ['Resident memory of the pilot.', residentBytes]);
  return `${lines.join('\n')}\n`;
}

function family(lines: string[], name: string, type: 'gauge' | 'counter', help: string): void {
  lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
}

function single(lines: string[], name: string, type: 'gauge' | 'counter', [help, value]: [string, number]): void {
  family(lines, name, type, help);
  lines.push(`${name} ${value}`);
}
