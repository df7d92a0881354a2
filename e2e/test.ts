// `npm test`: every test that fits in 40 minutes on a machine with two cores; `npm run test:all` adds the long scenarios.
// Each stage prints its own progress; the last line counts all of them. Ends with 1 when anything failed.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { createProgress, ensureImages, openCluster } from './cluster/index.ts';
import { clean } from './lib/clean.ts';
import { installNavigator } from './lib/install.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const scratch = mkdtempSync(join(tmpdir(), 'navigator-test-'));
const progress = createProgress();
const total = { passed: 0, failed: 0, skipped: 0 };
let child: ReturnType<typeof spawn> | undefined;
let stopped = false;

const countsSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  success: z.boolean(),
});

/** Runs one program of a stage to its end and gives its exit code. */
async function runProgram(file: string, args: readonly string[], env: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    child = spawn(process.execPath, [file, ...args], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...env },
    });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

async function vitestStage(project: string, env: Record<string, string> = {}): Promise<void> {
  const report = join(scratch, `${project}.json`);
  const args = ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const code = await progress.step(`tests: ${project}`, async () => runProgram(vitest, args, env));
  const counts = countsSchema.parse(JSON.parse(readFileSync(report, 'utf8')));
  total.passed += counts.numPassedTests;
  total.failed += counts.numFailedTests;
  total.skipped += counts.numPendingTests + counts.numTodoTests;
  // A file that does not even load has no failed test in it, yet it must fail the run.
  if (code !== 0 && counts.numFailedTests === 0) total.failed += 1;
}

const plansSchema = z.object({ plans: z.number(), divergences: z.number() });

/** The quick set of fault plans: each plan counts as a test. */
async function plansStage(): Promise<void> {
  const report = join(scratch, 'plans.json');
  const main = join(root, 'packages', 'plans', 'src', 'main.ts');
  const code = await progress.step('fault plans', async () => runProgram(main, ['--report', report]));
  const { plans, divergences } = plansSchema.parse(JSON.parse(readFileSync(report, 'utf8')));
  total.passed += plans - divergences;
  total.failed += divergences;
  if (code !== 0 && divergences === 0) total.failed += 1;
}

async function checkStage(): Promise<void> {
  const code = await progress.step('check', async () => runProgram(join(root, 'tools', 'check.ts'), []));
  if (code === 0) total.passed += 1;
  else total.failed += 1;
}

/** A stage that throws is a failure of that stage; the stages that need nothing of it still run, unless we were told to stop. */
async function guarded(name: string, work: () => Promise<void>): Promise<boolean> {
  if (stopped) return false;
  try {
    await work();
    return true;
  } catch (error) {
    progress.say(`${name} failed: ${error instanceof Error ? error.message : String(error)}`);
    total.failed += 1;
    return false;
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      all: { type: 'boolean', default: false },
      context: { type: 'string' },
      'keep-cluster': { type: 'boolean', default: false },
      clean: { type: 'boolean', default: false },
    },
  });
  const options = values.context === undefined ? { progress } : { progress, context: values.context };
  if (values.clean) return clean(options);
  await guarded('check', checkStage);
  await guarded('unit tests', async () => vitestStage('unit', { NAVIGATOR_REQUIRE_HELM: '1' }));
  await guarded('fault plans', plansStage);
  const ready = await guarded('cluster', async () => {
    const cluster = await openCluster(options);
    if (cluster.local) await progress.step('images', async () => ensureImages([...imagesFor(values.all)], progress));
    await installNavigator(cluster, progress);
  });
  const env: Record<string, string> = values.context === undefined ? {} : { NAVIGATOR_CONTEXT: values.context };
  if (ready) {
    await guarded('integration tests', async () => vitestStage('integration', { NAVIGATOR_REQUIRE_APISERVER: '1' }));
    await guarded('scenarios', async () => vitestStage('e2e', env));
    if (values.all) await guarded('long scenarios', async () => vitestStage('e2e-long', env));
  }
  const ci = process.env['CI'] === 'true';
  if (ci && !values['keep-cluster']) await guarded('clean-up', async () => clean(options));
}

function imagesFor(all: boolean): readonly string[] {
  const elasticsearch = (version: string) => `docker.elastic.co/elasticsearch/elasticsearch:${version}`;
  const core = [elasticsearch('8.15.0'), elasticsearch('8.19.9'), 'docker.io/library/cassandra:5.0.6'];
  return all ? [...core, elasticsearch('9.2.4'), 'docker.io/library/cassandra:4.1.10'] : core;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stopped = true;
    child?.kill(signal);
    process.exitCode = 1;
  });
}
try {
  await main();
} finally {
  rmSync(scratch, { recursive: true, force: true });
  progress.say('done');
  process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
  if (total.failed > 0) process.exitCode = 1;
}
