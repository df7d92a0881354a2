import { dirname } from 'node:path';
import { PILOT_PATHS, PILOT_PORT } from '@navigator/api-types';
import { inClusterTransport, systemClock } from '@navigator/kube';
import { kubePilotApi } from './api/kube-pilot-api.ts';
import { engineByName } from './engines/registry.ts';
import { install } from './install.ts';
import { createLogger } from './log.ts';
import { readOptions } from './options.ts';
import { PILOT_VERSION } from './pilot-version.ts';
import { runPilot } from './run.ts';
import { forwardSignals } from './signals.ts';

const USAGE = `usage: pilot.js run            runs the database of this pod (all options come from the environment)
       pilot.js install DIR    copies the pilot into DIR for the database container\n`;

const log = createLogger();

async function main([command, argument, ...rest]: readonly string[]): Promise<number> {
  if (command === 'install' && argument !== undefined && rest.length === 0) {
    await install(dirname(process.argv[1] ?? PILOT_PATHS.shared), argument);
    return 0;
  }
  if (command === 'run' && argument === undefined) return await run();
  process.stderr.write(USAGE);
  return 64;
}

async function run(): Promise<number> {
  const options = readOptions(process.env);
  const engine = await engineByName(options.engine);
  const node = engine.forNode(
    {
      podName: options.podName,
      namespace: options.namespace,
      podIp: options.podIp,
      nodeName: options.nodeName,
      zone: options.zone,
      runDir: PILOT_PATHS.run,
      sharedDir: PILOT_PATHS.shared,
    },
    options.config,
  );
  const transport = inClusterTransport({ userAgent: `navigator-pilot/${PILOT_VERSION}` });
  const clock = systemClock;
  const signals = forwardSignals(process, log);
  try {
    return await runPilot({
      node,
      api: kubePilotApi({ transport, namespace: options.namespace, name: options.podName, clock, log }),
      clock,
      log,
      podUid: options.podUid,
      runDir: PILOT_PATHS.run,
      port: PILOT_PORT,
      env: process.env,
      stdout: process.stdout,
      stderr: process.stderr,
      stop: signals.stop,
      onSpawned: signals.to,
    });
  } finally {
    await transport.close();
  }
}

/** A mistake of ours must not end a database that runs well: it is told and the database runs on. */
process.on('uncaughtException', (error) => log.error({ err: error, stack: error.stack }, 'unexpected error'));

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    log.error({ err: error }, 'the pilot cannot run');
    process.exit(70);
  },
);
