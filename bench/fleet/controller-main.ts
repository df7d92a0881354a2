// The controller as packages/controller/src/main.ts starts it in a pod, except that it finds the pod's service account in
// the folder that comes first on the command line. Bundled like the image, so without what reads kubeconfigs.
import { parseOptions, wire } from '../../packages/controller/src/index.ts';
import { inClusterTransport, shutdownSignal } from '@navigator/kube';
import { createLogger } from '../../packages/controller/src/logger.ts';

async function main(): Promise<void> {
  const [directory = '', ...flags] = process.argv.slice(2);
  const options = parseOptions(flags, process.env);
  if (options === undefined) return;
  const transport = inClusterTransport({ directory, userAgent: 'navigator-controller' });
  await wire({ options, transport, logger: createLogger(options.logLevel) }).run(shutdownSignal());
}

await main();
