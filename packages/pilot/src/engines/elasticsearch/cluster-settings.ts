import type { SettingsAnswer } from './answers.ts';

/** What shall hold. */
export interface WantedSettings {
  /** Names of nodes that no shard may be on. */
  readonly emptied: readonly string[];
  /** Names of nodes whose vote is, or is about to be, taken by us. */
  readonly voteless: readonly string[];
  /** Names of nodes that are away for a restart: replicas are not built elsewhere meanwhile. */
  readonly away: readonly string[];
}

/** Values by full name; null removes one. */
export type SettingsChange = Readonly<Record<string, string | null>>;

const EXCLUDE = 'cluster.routing.allocation.exclude._name';
const ENABLE = 'cluster.routing.allocation.enable';
/** Elasticsearch keeps anything under `cluster.metadata` for its users and acts on nothing there. */
const MARK = 'cluster.metadata.navigator';
const NARROWED = 'primaries';

/** What is in the settings, taken apart into the user's and ours. */
export interface OwnSettings {
  /** Nodes that the settings keep shards off, whoever put them there; none while transient settings hide ours. */
  readonly emptied: readonly string[];
  /** Names that we said we take the votes of. */
  readonly voteless: readonly string[];
  /** We have narrowed allocation. */
  readonly narrowed: boolean;
  /** Something of ours is there. */
  readonly hasMarks: boolean;
  /** Why our settings do not count, if they do not. */
  readonly problem?: string;
}

export function readSettings({ persistent, transient }: SettingsAnswer): OwnSettings {
  const marks = persistent.cluster?.metadata?.navigator ?? {};
  const hidden = transient.cluster?.routing?.allocation?.exclude?._name !== undefined;
  return {
    emptied: hidden ? [] : split(persistent.cluster?.routing?.allocation?.exclude?._name),
    voteless: split(marks.voteless),
    narrowed: marks.narrowed !== undefined && persistent.cluster?.routing?.allocation?.enable === NARROWED,
    hasMarks: Object.values(marks).some((mark) => mark !== undefined),
    ...(hidden ? { problem: `the transient setting ${EXCLUDE} hides the persistent one: remove it` } : {}),
  };
}

/**
 * What to change so that the settings are as wanted: the user's own values stay, and only what we added is ever removed. What
 * is ours is written in the same update as the values, so that neither is ever without the other. Undefined: nothing.
 */
export function settingsChange(answer: SettingsAnswer, wanted: WantedSettings): SettingsChange | undefined {
  const change = { ...excludeChange(answer, wanted), ...enableChange(answer, wanted), ...votelessChange(answer, wanted) };
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

function enableChange({ persistent, transient }: SettingsAnswer, { away }: WantedSettings): SettingsChange {
  const mark = `${MARK}.narrowed`;
  const enable = persistent.cluster?.routing?.allocation?.enable;
  const isOurs = persistent.cluster?.metadata?.navigator?.narrowed !== undefined;
  if (isOurs && enable !== NARROWED) return { [mark]: null };
  if (isOurs) return away.length > 0 ? {} : { [ENABLE]: null, [mark]: null };
  const isUsers = enable !== undefined || transient.cluster?.routing?.allocation?.enable !== undefined;
  return away.length > 0 && !isUsers ? { [ENABLE]: NARROWED, [mark]: join(away.toSorted()) } : {};
}

function votelessChange({ persistent }: SettingsAnswer, { voteless }: WantedSettings): SettingsChange {
  const next = join(voteless.toSorted());
  return next === join(split(persistent.cluster?.metadata?.navigator?.voteless)) ? {} : { [`${MARK}.voteless`]: next };
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
