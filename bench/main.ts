// npm run bench -- fleet --clusters 500: measures Navigator against a real API server. Prints what it does as it goes on
// stderr and the figures on stdout; `--json` prints them as one JSON object.
import { parseFleetOptions, USAGE } from './fleet/options.ts';
import { runFleet } from './fleet/run.ts';
import { asTable } from './fleet/table.ts';

async function main(): Promise<number> {
  const [bench, ...args] = process.argv.slice(2).filter((arg) => arg !== '--');
  if (bench !== 'fleet') {
    console.error(USAGE);
    return bench === undefined || bench === '--help' ? 0 : 2;
  }
  const options = parseFleetOptions(args);
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  const figures = await runFleet(options, stop.signal);
  console.log(options.json ? JSON.stringify(figures) : asTable(figures));
  return figures.failed === undefined ? 0 : 1;
}

process.exitCode = await main();
