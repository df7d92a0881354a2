import { parentPort } from 'node:worker_threads';
import { plansOf } from './catalogue.ts';
import type { Job, Report } from './pool.ts';
import { cleanRun, runPlan } from './run.ts';
import { workloadNamed } from './workloads/registry.ts';

/** Plays what it is told, one job after another, and reports each plan's outcome. */
async function work(job: Job, tell: (report: Report) => void): Promise<void> {
  const ids = job.ids ?? (await idsOf(job));
  for (const id of ids) {
    const { divergences, ms } = await outcomeOf(id);
    tell({ id, divergences, ms });
  }
  tell({ done: true });
}

async function idsOf({ workload, part, parts }: Job): Promise<string[]> {
  const known = workloadNamed(workload);
  const ids = plansOf(known, await cleanRun(known), 'quick');
  return ids.filter((_, index) => index % parts === part);
}

/** A plan at which the laboratory itself fails diverges as well. */
async function outcomeOf(id: string): Promise<{ divergences: readonly string[]; ms: number }> {
  try {
    return await runPlan(id);
  } catch (error) {
    return { divergences: [`the laboratory fails: ${error instanceof Error ? error.stack : String(error)}`], ms: 0 };
  }
}

parentPort?.on('message', (job: Job) => void work(job, (report) => parentPort?.postMessage(report)));
