import type { SettingsAnswer } from './answers.ts';

/** What shall hold. */
export interface WantedSettings {
  /** Names of nodes that no shard may be on. */
  readonly emptied: readonly string[];
  /** Names of nodes whose vote is, or is about to be, taken by us. */
  readonly voteless: readonly string[];
  /** Names of nodes that are away for a restart: replicas are not built elsewhere meanwhile. */
  readonly away: readonly string[];
  /** Processes that are about to stop, `<id of the node>/<id of the process>`: no index gets its first copy meanwhile. */
  readonly stopping: readonly string[];
}

/** Values by full name; null removes one. */
export type SettingsChange = Readonly<Record<string, string | null>>;

/** Elasticsearch keeps anything under `cluster.metadata` for its users and acts on nothing there. */
const MARK = 'cluster.metadata.navigator';

const EXCLUDE = 'cluster.routing.allocation.exclude._name';

/** A setting that is ours for a time, with one value, unless the user has set it. The mark tells for whose sake. */
interface Switch {
  readonly setting: string;
  readonly mark: 'narrowed' | 'steadied' | 'stopping';
  readonly value: string;
}
const ALLOCATION: Switch = { setting: 'cluster.routing.allocation.enable', mark: 'narrowed', value: 'primaries' };
const REBALANCE: Switch = { setting: 'cluster.routing.rebalance.enable', mark: 'steadied', value: 'none' };
const NEW_PRIMARIES: Switch = {
  setting: 'cluster.routing.allocation.node_initial_primaries_recoveries',
  mark: 'stopping',
  value: '0',
};

/** What is in the settings, taken apart into the user's and ours. */
export interface OwnSettings {
  /** Nodes that the settings keep shards off, whoever put them there; none while transient settings hide ours. */
  readonly emptied: readonly string[];
  /** Names that we said we take the votes of. */
  readonly voteless: readonly string[];
  /** Processes that said they are about to stop, as in `WantedSettings`. */
  readonly stopping: readonly string[];
  /** We have narrowed allocation. */
  readonly narrowed: boolean;
  /** Something of ours is there. */
  readonly hasMarks: boolean;
  /** Why our settings do not count, if they do not. */
  readonly problem?: string;
}

export function readSettings(answer: SettingsAnswer): OwnSettings {
  const marks = marksOf(answer);
  const hidden = answer.transient.cluster?.routing?.allocation?.exclude?._name !== undefined;
  return {
    emptied: hidden ? [] : split(answer.persistent.cluster?.routing?.allocation?.exclude?._name),
    voteless: split(marks.voteless),
    stopping: isOurs(answer, NEW_PRIMARIES) ? split(marks.stopping) : [],
    narrowed: isOurs(answer, ALLOCATION),
    hasMarks: Object.values(marks).some((mark) => mark !== undefined),
    ...(hidden ? { problem: `the transient setting ${EXCLUDE} hides the persistent one: remove it` } : {}),
  };
}

/**
 * What to change so that the settings are as wanted: the user's own values stay, and only what we added is ever removed. What
 * is ours is written in the same update as the values, so that neither is ever without the other. Undefined: nothing.
 */
export function settingsChange(answer: SettingsAnswer, wanted: WantedSettings): SettingsChange | undefined {
  return someOf({
    ...excludeChange(answer, wanted),
    ...switchChange(answer, ALLOCATION, wanted.away),
    // A balancer that plans with replicas that may not be built yet can plan itself into a corner: in the middle of an upgrade it
    // moves a lone primary to the newest node, where no older node may have its replica (8.15, desired balance).
    ...switchChange(answer, REBALANCE, wanted.away),
    ...switchChange(answer, NEW_PRIMARIES, wanted.stopping),
    ...votelessChange(answer, wanted),
  });
}

/** As `settingsChange`, for the processes that stop alone. */
export function stoppingChange(answer: SettingsAnswer, stopping: readonly string[]): SettingsChange | undefined {
  return someOf(switchChange(answer, NEW_PRIMARIES, stopping));
}

function someOf(change: SettingsChange): SettingsChange | undefined {
  return Object.keys(change).length === 0 ? undefined : change;
}

function excludeChange({ persistent }: SettingsAnswer, { emptied }: WantedSettings): SettingsChange {
  const value = split(persistent.cluster?.routing?.allocation?.exclude?._name);
  const ours = split(persistent.cluster?.metadata?.navigator?.emptied);
  const users = value.filter((name) => !ours.includes(name));
  const added = emptied.filter((name) => !users.includes(name)).toSorted();
  const next = [...users, ...added];
  if (join(next) === join(value) && join(added) === join(ours)) return {};
  // Nothing of ours is there nor shall be: how the user writes it is not our business.
  if (ours.length === 0 && added.length === 0) return {};
  return { [EXCLUDE]: join(next), [`${MARK}.emptied`]: join(added) };
}

/** Value and mark are written together, whichever of them changes: two pilots may write at once. */
function switchChange(answer: SettingsAnswer, ours: Switch, why: readonly string[]): SettingsChange {
  const mark = `${MARK}.${ours.mark}`;
  const next = join(why.toSorted());
  if (isOurs(answer, ours)) {
    if (next === join(split(marksOf(answer)[ours.mark]))) return {};
    return { [ours.setting]: next === null ? null : ours.value, [mark]: next };
  }
  if (marksOf(answer)[ours.mark] !== undefined) return { [mark]: null };
  const isUsers = valueOf(answer.persistent, ours) !== undefined || valueOf(answer.transient, ours) !== undefined;
  return next !== null && !isUsers ? { [ours.setting]: ours.value, [mark]: next } : {};
}

/** A value that the user has put in the place of ours is the user's. */
function isOurs(answer: SettingsAnswer, ours: Switch): boolean {
  return marksOf(answer)[ours.mark] !== undefined && valueOf(answer.persistent, ours) === ours.value;
}

function valueOf({ cluster }: SettingsAnswer['persistent'], { mark }: Switch): string | undefined {
  const routing = cluster?.routing;
  if (mark === 'narrowed') return routing?.allocation?.enable;
  return mark === 'steadied' ? routing?.rebalance?.enable : routing?.allocation?.node_initial_primaries_recoveries;
}

function marksOf({ persistent }: SettingsAnswer): Marks {
  return persistent.cluster?.metadata?.navigator ?? {};
}

type Marks = NonNullable<NonNullable<NonNullable<SettingsAnswer['persistent']['cluster']>['metadata']>['navigator']>;

function votelessChange(answer: SettingsAnswer, { voteless }: WantedSettings): SettingsChange {
  const next = join(voteless.toSorted());
  return next === join(split(marksOf(answer).voteless)) ? {} : { [`${MARK}.voteless`]: next };
}

function split(list: string | undefined): readonly string[] {
  return (list ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function join(names: readonly string[]): string | null {
  return names.length === 0 ? null : names.join(',');
}
