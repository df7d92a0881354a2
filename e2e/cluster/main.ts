// npm run cluster -- up [--bare] | down [--purge] | status | env | images [NAME ...] | navigator-images   [--context NAME]
import { parseArgs } from 'node:util';
import { down } from './down.ts';
import { imageTable } from './image-table.ts';
import { ensureImages } from './images.ts';
import { ensureNavigatorImages } from './navigator-images.ts';
import { openCluster } from './index.ts';
import { createProgress } from './progress.ts';
import { statePaths } from './paths.ts';
import { printStatus } from './status.ts';

const usage =
  'usage: cluster up [--bare] | down [--purge] | status | env | images [NAME ...] | navigator-images   [--context NAME]';

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      context: { type: 'string' },
      bare: { type: 'boolean', default: false },
      purge: { type: 'boolean', default: false },
    },
  });
  const progress = createProgress();
  const context = values.context === undefined ? {} : { context: values.context };
  const [command, ...names] = positionals;
  switch (command) {
    case 'up': {
      const cluster = await openCluster({ ...context, progress, bare: values.bare });
      progress.say(`kubeconfig: ${cluster.kubeconfigPath}`);
      process.stdout.write(`Ready in ${progress.elapsedSeconds().toFixed(1)} s\n`);
      return;
    }
    case 'down':
      await down(progress, { purge: values.purge });
      return;
    case 'status':
      process.exitCode = await printStatus();
      return;
    case 'navigator-images': {
      const hashes = await ensureNavigatorImages(progress);
      progress.say(`controller ${hashes.controller}, pilot ${hashes.pilot}`);
      return;
    }
    case 'images':
      await ensureImages(names.length > 0 ? names : [...imageTable.keys()], progress);
      return;
    case 'env':
      process.stdout.write(`export KUBECONFIG=${statePaths().adminConf}\n`);
      return;
    default:
      process.stderr.write(`${usage}\n`);
      process.exitCode = 2;
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
