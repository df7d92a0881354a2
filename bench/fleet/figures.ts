import type { TemplateEdits } from './phases/broken.ts';
import type { Creation } from './phases/creation.ts';
import type { Edits } from './phases/edits.ts';
import type { ForeignSecrets } from './phases/foreign-secrets.ts';
import type { Idle } from './phases/idle.ts';
import type { Life } from './phases/life.ts';
import type { Replayed } from './phases/replay.ts';
import type { Restart } from './phases/restart.ts';
import type { Latency } from './statistics.ts';

/** Everything that one run has measured. Phases that were not asked for, or came after one that failed, are absent. */
export interface Figures {
  readonly clusters: number;
  /** Of the machine over the last minute, before the run. */
  readonly load: number;
  /** Of the controller until it leads over nothing: the program's start. */
  readonly startCpuSeconds: number;
  readonly creation?: Creation;
  readonly templates?: TemplateEdits;
  readonly life?: Life;
  readonly idle?: Idle;
  readonly sizes?: Edits;
  readonly repairs?: Latency;
  readonly secrets?: ForeignSecrets;
  readonly restart?: Restart;
  readonly replay?: Replayed;
  /** Which phase failed, and why. */
  readonly failed?: string;
}
