import type { Broken } from './phases/broken.ts';
import type { Creation } from './phases/creation.ts';
import type { Edits } from './phases/edits.ts';
import type { ForeignSecrets } from './phases/foreign-secrets.ts';
import type { Idle } from './phases/idle.ts';
import type { Life } from './phases/life.ts';
import type { Replayed } from './phases/replay.ts';
import type { Restart } from './phases/restart.ts';
import type { Latency } from './statistics.ts';

/** Everything that one run has measured. */
export interface Figures {
  readonly clusters: number;
  /** Of the machine over the last minute, before the run. */
  readonly load: number;
  readonly creation: Creation;
  readonly life: Life;
  readonly idle: Idle;
  readonly edits: Edits;
  readonly repairs: Latency;
  readonly broken: Broken | undefined;
  readonly secrets: ForeignSecrets | undefined;
  readonly restart: Restart;
  readonly replay: Replayed | undefined;
}
