import { PILOT_ENV } from '@navigator/api-types';
import { z } from 'zod';
import { PilotError } from './errors.ts';

const text = z.string().min(1);

const envSchema = z.object({
  [PILOT_ENV.engine]: text,
  [PILOT_ENV.config]: text,
  [PILOT_ENV.podName]: text,
  [PILOT_ENV.podNamespace]: text,
  [PILOT_ENV.podUid]: text,
  [PILOT_ENV.podIp]: text,
  [PILOT_ENV.nodeName]: text,
  // Absent in pods of an older template, empty where Kubernetes does not tell.
  [PILOT_ENV.zone]: z.string().default(''),
});

/** What the pod template tells the pilot. */
export interface PilotOptions {
  readonly engine: string;
  /** Parsed JSON; the engine checks it. */
  readonly config: unknown;
  readonly podName: string;
  readonly namespace: string;
  readonly podUid: string;
  readonly podIp: string;
  readonly nodeName: string;
  /** Zone of the Kubernetes node, where it is known. */
  readonly zone: string | undefined;
}

/**
 * Reads the options from the environment.
 * @throws PilotError `InvalidPilotEnv` that names each variable that is missing or wrong.
 */
export function readOptions(env: NodeJS.ProcessEnv): PilotOptions {
  const parsed = envSchema.safeParse(env);
  if (!parsed.success) {
    const names = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ');
    throw new PilotError('InvalidPilotEnv', `environment variables missing or empty: ${names}; the pod template must set them`);
  }
  return {
    engine: parsed.data[PILOT_ENV.engine],
    config: parseConfig(parsed.data[PILOT_ENV.config]),
    podName: parsed.data[PILOT_ENV.podName],
    namespace: parsed.data[PILOT_ENV.podNamespace],
    podUid: parsed.data[PILOT_ENV.podUid],
    podIp: parsed.data[PILOT_ENV.podIp],
    nodeName: parsed.data[PILOT_ENV.nodeName],
    zone: parsed.data[PILOT_ENV.zone] || undefined,
  };
}

function parseConfig(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new PilotError('InvalidPilotEnv', `${PILOT_ENV.config} is not JSON`, { cause });
  }
}
