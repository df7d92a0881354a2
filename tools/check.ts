// npm run check: everything about the sources that needs no cluster and no test. One check after another, a summary last;
// exit code 1 when one failed. `npm run check -- lint types` runs only these.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { listSteps, type Step } from './steps.ts';

const root = join(import.meta.dirname, '..');
const STEP_DEADLINE_MS = 300_000;

interface Result {
  readonly step: Step;
  readonly passed: boolean;
  readonly seconds: number;
}

async function run(step: Step): Promise<Result> {
  const started = performance.now();
  const child = spawn(process.execPath, [join(root, step.script), ...step.args], {
    cwd: root,
    stdio: 'inherit',
    signal: AbortSignal.timeout(STEP_DEADLINE_MS),
  });
  const [code] = await once(child, 'exit').catch(() => [1]);
  return { step, passed: code === 0, seconds: (performance.now() - started) / 1000 };
}

function report(results: readonly Result[]): string {
  const lines = results.map(({ step, passed, seconds }) =>
    [passed ? 'ok    ' : 'FAILED', `${seconds.toFixed(1).padStart(5)} s`, step.name, passed ? '' : `→ ${step.help}`]
      .join('  ')
      .trimEnd(),
  );
  return ['', ...lines].join('\n');
}

const { positionals } = parseArgs({ allowPositionals: true });
const steps = listSteps(root).filter((step) => positionals.length === 0 || positionals.some((word) => step.name.includes(word)));
if (steps.length === 0) {
  console.error(
    `no check is called ${positionals.join(', ')}; there are: ${listSteps(root)
      .map((step) => step.name)
      .join(', ')}`,
  );
  process.exit(1);
}
const results: Result[] = [];
for (const step of steps) {
  console.log(`\n── ${step.name}`);
  results.push(await run(step));
}
console.log(report(results));
process.exitCode = results.every((result) => result.passed) ? 0 : 1;
