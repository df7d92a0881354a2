import { runClean, runPlan } from './run.ts';
import { workloadNamed, WORKLOADS } from './workloads/registry.ts';

const [what = 'all', trace] = process.argv.slice(2);
if (what.includes(':')) {
  const outcome = await runPlan(what, true);
  if (trace) console.log(outcome.trace.join('\n'));
  console.log(outcome.divergences, outcome.virtualSeconds, outcome.ms);
} else {
  for (const workload of what === 'all' ? WORKLOADS : [workloadNamed(what)]) {
    const at = performance.now();
    const run = await runClean(workload, trace !== undefined);
    if (trace) console.log(run.trace.join('\n'));
    console.log(
      workload.name.padEnd(26),
      run.settled ? 'settled' : 'NOT SETTLED',
      `${Math.round(run.durationMs / 1000)} s`,
      `writes ${run.writes} reads ${run.reads} events ${run.events}`,
      `${Math.round(performance.now() - at)} ms`,
      run.violations,
    );
  }
}
