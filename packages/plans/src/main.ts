// npm run plans: plays the quick set of fault plans and ends with 1 if one diverges.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { randomPlans } from './deep.ts';
import { type Job, type PlanReport, runJobs } from './pool.ts';
import { Tally } from './tally.ts';
import { runPlan } from './run.ts';
import { WORKLOADS } from './workloads/registry.ts';

const USAGE = `npm run plans -- [options]: plays the quick set of fault plans; ends with 1 if one diverges
  --deep --minutes N   goes on with random plans for so long    --seed S      the same random plans again
  --replay ID          one plan, with its trace                 --only WORD   plans of workloads whose name has it
  --report FILE        writes the counts as JSON too            --threads N   default 2`;

const OPTIONS = {
  deep: { type: 'boolean', default: false },
  minutes: { type: 'string', default: '10' },
  seed: { type: 'string' },
  replay: { type: 'string' },
  only: { type: 'string', default: '' },
  threads: { type: 'string', default: '2' },
  report: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

const values = readOptions();
if (values.help) console.log(USAGE);
else if (values.replay === undefined) await campaign();
else await replay(values.replay);

function readOptions(): ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'] {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    process.exit(2);
  }
}

async function replay(id: string): Promise<void> {
  const { trace, divergences, virtualSeconds } = await runPlan(id, true);
  console.log(trace.join('\n'));
  console.log(`\n${id}: ${Math.round(virtualSeconds)} s of the world's time`);
  for (const divergence of divergences) console.log(`  diverges: ${divergence}`);
  console.log(divergences.length === 0 ? '  no divergence' : '');
  if (divergences.length > 0) process.exitCode = 1;
}

async function campaign(): Promise<void> {
  const startedAt = performance.now();
  const tally = new Tally();
  const seconds = (): number => (performance.now() - startedAt) / 1000;
  const onReport = (report: PlanReport): void => {
    tally.add(report);
    if (report.divergences.length > 0) console.log(`DIVERGES ${report.id}\n  ${report.divergences.join('\n  ')}`);
    if (tally.plans % 500 === 0) console.log(`${tally.plans} plans, ${tally.divergences} diverge, ${seconds().toFixed(0)} s`);
  };
  const threads = Number(values.threads);
  await runJobs(threads, values.deep ? deepJobs(Number(values.minutes) * 60) : quickJobs(), onReport);
  console.log(tally.table());
  console.log(`${tally.plans} plans, ${tally.divergences} diverge, ${seconds().toFixed(1)} s on ${threads} threads`);
  if (values.report !== undefined) writeFileSync(values.report, JSON.stringify(tally.counts()));
  if (tally.divergences > 0 || tally.plans === 0) process.exitCode = 1;

  function deepJobs(limitSeconds: number): () => Job | undefined {
    const seed = values.seed ?? String(Date.now());
    console.log(`random plans of seed ${seed}`);
    const plans = randomPlans(seed, values.only);
    return () => (seconds() > limitSeconds ? undefined : { workload: '', part: 0, parts: 1, ids: plans.next(20) });
  }
}

/**
 * The dearest workloads first, so that the threads end together. Those with few plans are not parted: each thread that plays some
 * has to play the undisturbed run first.
 */
function quickJobs(): () => Job | undefined {
  const chosen = WORKLOADS.filter(({ name }) => name.includes(values.only));
  const jobs = chosen
    .toSorted((a, b) => Number(b.isSmall ?? false) - Number(a.isSmall ?? false))
    .flatMap(({ name, isSmall }) => {
      const parts = isSmall ? 4 : 1;
      return Array.from({ length: parts }, (_, part): Job => ({ workload: name, part, parts }));
    });
  return () => jobs.shift();
}
