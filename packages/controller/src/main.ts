import { inClusterTransport, shutdownSignal, type Transport } from '@navigator/kube';
import { createLogger } from './logger.ts';
import { OptionError, type Options, parseOptions, usage } from './options.ts';
import { wire } from './wire.ts';

const USER_AGENT = 'navigator-controller';
/** The kubelet kills after 30 s; a stop that hangs must end before, and be seen as a failure. */
const STOP_MS = 10_000;

async function main(): Promise<number> {
  const options = readOptions();
  if (typeof options === 'number') return options;
  const logger = createLogger(options.logLevel);
  const signal = shutdownSignal();
  signal.addEventListener('abort', () => {
    logger.info({}, 'stopping');
    setTimeout(() => process.exit(1), STOP_MS).unref();
  });
  try {
    const transport = await connect(options);
    await wire({ options, transport, logger }).run(signal);
    logger.info({}, 'stopped');
    return 0;
  } catch (err) {
    logger.error({ err }, 'ended with an error');
    return 1;
  }
}

function readOptions(): Options | number {
  try {
    const options = parseOptions(process.argv.slice(2), process.env);
    if (options) return options;
    process.stdout.write(usage());
    return 0;
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    process.stderr.write(`${error.message}\nTry --help.\n`);
    return 2;
  }
}

/** In a pod the service account is used, unless a kubeconfig is named. client-node is loaded only for kubeconfigs. */
async function connect({ kubeconfig, context }: Options): Promise<Transport> {
  const inPod = process.env['KUBERNETES_SERVICE_HOST'] !== undefined;
  if (inPod && kubeconfig === undefined && context === undefined) return inClusterTransport({ userAgent: USER_AGENT });
  const { kubeconfigTransport } = await import('@navigator/kube/kubeconfig');
  return await kubeconfigTransport({ path: kubeconfig, context, userAgent: USER_AGENT });
}

process.exitCode = await main();
