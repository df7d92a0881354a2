/** Prints one line a step, each with the seconds since the start. */
export interface Progress {
  /** Prints a line. */
  say(text: string): void;
  /** Says `name`, runs `work`, and says how it ended; while it runs, a line every 30 s shows that it lives. */
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Seconds since the start. */
  elapsedSeconds(): number;
}

/** What the progress needs of the world; tests give their own. */
export interface ProgressOptions {
  readonly print?: (line: string) => void;
  readonly nowMs?: () => number;
  readonly heartbeatMs?: number;
}

/** `[ 12.3s] text`. */
export function progressLine(elapsedMs: number, text: string): string {
  return `[${(elapsedMs / 1000).toFixed(1).padStart(6)}s] ${text}`;
}

/** Makes a progress whose clock starts now. */
export function createProgress(options: ProgressOptions = {}): Progress {
  const print = options.print ?? ((line: string) => void process.stdout.write(`${line}\n`));
  const nowMs = options.nowMs ?? Date.now;
  const heartbeatMs = options.heartbeatMs ?? 30_000;
  const startMs = nowMs();
  const say = (text: string): void => print(progressLine(nowMs() - startMs, text));
  async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
    const beganMs = nowMs();
    const took = (): string => `${((nowMs() - beganMs) / 1000).toFixed(1)} s`;
    say(`${name} ...`);
    const heartbeat = setInterval(() => say(`${name}: still at it, ${took()}`), heartbeatMs);
    heartbeat.unref();
    try {
      const result = await work();
      say(`${name}: done in ${took()}`);
      return result;
    } catch (error) {
      say(`${name}: FAILED after ${took()}`);
      throw error;
    } finally {
      clearInterval(heartbeat);
    }
  }
  return { say, step, elapsedSeconds: () => (nowMs() - startMs) / 1000 };
}

/** A progress that prints nothing. */
export const silentProgress: Progress = {
  say: () => undefined,
  step: async (_name, work) => work(),
  elapsedSeconds: () => 0,
};
