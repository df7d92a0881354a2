import type { Logger } from '@navigator/kube';
import type { Supervised } from './process/supervisor.ts';

/** Passed on as they are: SIGQUIT makes a JVM print its threads, SIGHUP reloads where a database knows it. */
const PASSED_ON = ['SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
const STOPPING = ['SIGTERM', 'SIGINT'] as const;

export interface Signals {
  /** Aborts at the first signal that asks for a stop. A second one changes nothing: the drain is not cut short. */
  readonly stop: AbortSignal;
  /** Says which process gets the other signals. */
  readonly to: (process: Supervised) => void;
}

/** Takes over the signals of this process. */
export function forwardSignals(source: NodeJS.EventEmitter, log: Logger): Signals {
  const stop = new AbortController();
  let target: Supervised | undefined;
  for (const signal of STOPPING) {
    source.on(signal, () => {
      log.info({ signal, again: stop.signal.aborted }, 'asked to stop');
      stop.abort();
    });
  }
  for (const signal of PASSED_ON) source.on(signal, () => target?.signal(signal));
  return {
    stop: stop.signal,
    to(process) {
      target = process;
    },
  };
}
