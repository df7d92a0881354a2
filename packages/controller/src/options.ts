import { parseArgs } from 'node:util';
import { NavigatorError } from '@navigator/api-types';
import { z } from 'zod';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const name = z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'is not the name of a namespace');

const flagsSchema = z.object({
  namespaces: z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
    .pipe(z.array(name)),
  'pilot-image': z.string().min(1, 'is needed: the image that pods copy the pilot from'),
  'leader-elect': z.enum(['true', 'false']).transform((text) => text === 'true'),
  'lease-namespace': name,
  kubeconfig: z.string(),
  context: z.string(),
  'http-host': z.string(),
  'http-port': z.coerce.number('is not a port').int('is not a port').min(0, 'is not a port').max(65_535, 'is not a port'),
  'log-level': z.enum(LOG_LEVELS),
  concurrency: z.coerce
    .number('is not a number')
    .int('is not a whole number')
    .min(1, 'is less than 1')
    .max(64, 'is more than 64'),
});

type FlagName = keyof z.input<typeof flagsSchema>;

/** Defaults, and what people read in `--help`. */
const FLAGS: Readonly<Record<FlagName, { readonly fallback: string; readonly help: string }>> = {
  namespaces: { fallback: '', help: 'namespaces to watch, separated by commas; empty: all of them' },
  'pilot-image': { fallback: '', help: 'image that database pods copy the pilot from (required)' },
  'leader-elect': { fallback: 'true', help: 'work only while holding the Lease; needed for more than one replica' },
  'lease-namespace': { fallback: 'navigator-system', help: 'namespace of the Lease; first choice: the own namespace' },
  kubeconfig: { fallback: '', help: 'kubeconfig file; default: the service account, else what kubectl takes' },
  context: { fallback: '', help: 'context of the kubeconfig' },
  'http-host': { fallback: '', help: 'address to listen on; default: every one' },
  'http-port': { fallback: '8080', help: 'port of /metrics, /livez, /readyz and /debug; 0 takes any free one' },
  'log-level': { fallback: 'info', help: LOG_LEVELS.join(', ') },
  concurrency: { fallback: '4', help: 'clusters that are worked on at the same time' },
};

/** What a user may set, parsed. */
export interface Options {
  /** Empty: every namespace. */
  readonly namespaces: readonly string[];
  readonly pilotImage: string;
  readonly leaderElect: boolean;
  readonly leaseNamespace: string;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly httpHost: string | undefined;
  readonly httpPort: number;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly concurrency: number;
}

/** A flag that cannot be understood. */
export class OptionError extends NavigatorError {
  constructor(message: string, cause?: unknown) {
    super('InvalidOption', message, { cause });
  }
}

/**
 * Reads flags, then environment variables (`--pilot-image` is NAVIGATOR_PILOT_IMAGE), then defaults. Undefined when
 * `--help` was asked for.
 * @throws OptionError that names the flag.
 */
export function parseOptions(args: readonly string[], env: Env): Options | undefined {
  const values = parseFlags(args);
  if (values['help'] === true) return undefined;
  const texts = Object.fromEntries(
    Object.entries(FLAGS).map(([flag, { fallback }]) => [flag, textOf(flag, values[flag], env) ?? fallback]),
  );
  const result = flagsSchema.safeParse(texts);
  if (!result.success) throw refused(result.error, texts);
  const flags = result.data;
  return {
    namespaces: flags.namespaces,
    pilotImage: flags['pilot-image'],
    leaderElect: flags['leader-elect'],
    leaseNamespace: flags['lease-namespace'],
    kubeconfig: flags.kubeconfig || undefined,
    context: flags.context || undefined,
    httpHost: flags['http-host'] || undefined,
    httpPort: flags['http-port'],
    logLevel: flags['log-level'],
    concurrency: flags.concurrency,
  };
}

/** The text of `--help`. */
export function usage(): string {
  const lines = Object.entries(FLAGS).map(
    ([flag, { fallback, help }]) => `  --${flag.padEnd(16)} ${help}${fallback === '' ? '' : ` (default ${fallback})`}`,
  );
  return [
    'Usage: navigator-controller [flags]',
    '',
    ...lines,
    '',
    'Each flag may also be given as an environment variable: NAVIGATOR_PILOT_IMAGE.',
    '',
  ].join('\n');
}

function parseFlags(args: readonly string[]): Record<string, string | boolean | undefined> {
  // People write `--leader-elect` as well as `--leader-elect=false`, as for every controller of Kubernetes.
  const explicit = args.map((arg) => (arg === '--leader-elect' ? '--leader-elect=true' : arg));
  const strings = Object.fromEntries(Object.keys(FLAGS).map((flag) => [flag, { type: 'string' as const }]));
  try {
    return parseArgs({ args: explicit, options: { ...strings, help: { type: 'boolean', short: 'h' } }, strict: true }).values;
  } catch (cause) {
    throw new OptionError(cause instanceof Error ? cause.message : 'the flags cannot be parsed', cause);
  }
}

type Env = Readonly<Record<string, string | undefined>>;

function textOf(flag: string, given: string | boolean | undefined, env: Env): string | undefined {
  if (typeof given === 'string') return given;
  const fromEnv = env[`NAVIGATOR_${flag.toUpperCase().replaceAll('-', '_')}`];
  // In a pod the Lease lies beside the controller, where its Role allows it.
  return fromEnv ?? (flag === 'lease-namespace' ? env['POD_NAMESPACE'] : undefined);
}

function refused(error: z.ZodError, texts: Readonly<Record<string, string>>): OptionError {
  const issue = error.issues[0];
  const flag = String(issue?.path[0] ?? '');
  const text = texts[flag] ?? '';
  return new OptionError(`--${flag} ${text === '' ? '' : `"${text}" `}${issue?.message ?? 'is not valid'}`, error);
}
