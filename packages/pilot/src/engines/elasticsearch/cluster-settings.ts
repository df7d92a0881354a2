import type { SettingsAnswer } from './answers.ts';

/** What shall hold. */
export interface WantedSettings {
  /** Names of nodes that no shard may be on. */
  readonly emptied: readonly string[];
  /** Names of nodes whose vote is, or is about to be, taken by us. */
  readonly voteless: readonly string[];
  /** Names of nodes that are away for a restart: replicas are not built elsewhere meanwhile. */
  readonly away: readonly string[];
  /** Processes that are about to stop, `<id of the node>/<id of the process>`: no shard comes to their nodes, and none moves. */
  readonly stopping: readonly string[];
}

/** Values by full name; null removes one. */
export type SettingsChange = Readonly<Record<string, string | null>>;

/** Elasticsearch keeps anything under `cluster.metadata` for its users and acts on nothing there. */
const MARK = 'cluster.metadata.navigator';

/** A list of the user's that ours is added to. */
const EMPTIED = { setting: 'cluster.routing.allocation.exclude._name', mark: 'emptied' } as const;
const STOPPING = { setting: 'cluster.routing.allocation.exclude._id', mark: 'stopping' } as const;

/** A setting that is ours for a time, with one of these values, unless the user has set it. */
const ALLOCATION = {
  setting: 'cluster.routing.allocation.enable',
  mark: 'narrowed',
  own: ['primaries', 'new_primaries'],
} as const;
const REBALANCE = { setting: 'cluster.routing.rebalance.enable', mark: 'steadied', own: ['none'] } as const;

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
    stopping: split(marks.stopping),
    narrowed: isOurs(answer, ALLOCATION),
    hasMarks: Object.values(marks).some((mark) => mark !== undefined),
    ...(hidden ? { problem: `the transient setting ${EMPTIED.setting} hides the persistent one: remove it` } : {}),
  };
}

/** What we have asked for so far: with it nothing changes. */
export function ownWants(answer: SettingsAnswer): WantedSettings {
  const { emptied, voteless, narrowed, stopping } = marksOf(answer);
  return {
    emptied: split(emptied),
    voteless: split(voteless),
    away: split(narrowed).filter((name) => !isProcess(name)),
    stopping: split(stopping),
  };
}

/**
 * What to change so that the settings are as wanted: the user's own values stay, and only what we added is ever removed. What
 * is ours is written in the same update as the values, so that neither is ever without the other. Undefined: nothing.
 */
export function settingsChange(answer: SettingsAnswer, wanted: WantedSettings): SettingsChange | undefined {
  // Where the user says what may be allocated, an exclusion would move shards off the node.
  const stopping = mayKeepShardsOff(answer) ? wanted.stopping : [];
  const why = [...wanted.away, ...stopping];
  const change = {
    ...listChange(answer, { ...EMPTIED, wanted: wanted.emptied, marked: wanted.emptied }),
    ...listChange(answer, { ...STOPPING, wanted: stopping.map(nodeOf), marked: stopping }),
    ...switchChange(answer, { ...ALLOCATION, why, value: stopping.length > 0 ? 'new_primaries' : 'primaries' }),
    // A balancer that plans with replicas that may not be built yet can plan itself into a corner: in the middle of an upgrade it
    // moves a lone primary to the newest node, where no older node may have its replica (8.15, desired balance).
    ...switchChange(answer, { ...REBALANCE, why, value: 'none' }),
    ...votelessChange(answer, wanted),
  };
  return Object.keys(change).length === 0 ? undefined : change;
}

/** Whether shards can be kept off a node without moving those that it has: the user has not said what may be allocated. */
export function mayKeepShardsOff(answer: SettingsAnswer): boolean {
  const isHidden = answer.transient.cluster?.routing?.allocation?.exclude?._id !== undefined;
  return !isHidden && (isOurs(answer, ALLOCATION) || !isUsers(answer, ALLOCATION));
}

/** Whether only our processes that stop are kept out of anything by a filter of the whole cluster. */
export function hasNoOtherFilter({ persistent, transient }: SettingsAnswer): boolean {
  const filters = [persistent, transient].map(({ cluster }) => cluster?.routing?.allocation);
  const own = split(persistent.cluster?.metadata?.navigator?.stopping).map(nodeOf);
  const others = filters.flatMap((layer) => {
    const { _id, ...attributes } = layer?.exclude ?? {};
    const ids = split(_id).filter((id) => !own.includes(id));
    return [...ids, ...Object.keys(attributes), ...Object.keys(layer?.include ?? {}), ...Object.keys(layer?.require ?? {})];
  });
  return others.length === 0;
}

interface ListWanted {
  readonly setting: string;
  readonly mark: 'emptied' | 'stopping';
  readonly wanted: readonly string[];
  /** What is written down of each. */
  readonly marked: readonly string[];
}

function listChange(answer: SettingsAnswer, { setting, mark, wanted, marked }: ListWanted): SettingsChange {
  const { _name, _id } = answer.persistent.cluster?.routing?.allocation?.exclude ?? {};
  const value = split(mark === 'emptied' ? _name : _id);
  const marks = split(marksOf(answer)[mark]);
  const ours = marks.map(nodeOf);
  const users = value.filter((name) => !ours.includes(name));
  const added = wanted.filter((name) => !users.includes(name)).toSorted();
  const ownMarks = marked.filter((entry) => added.includes(nodeOf(entry))).toSorted();
  const next = [...users, ...added];
  if (join(next) === join(value) && join(ownMarks) === join(marks)) return {};
  // Nothing of ours is there nor shall be: how the user writes it is not our business.
  if (marks.length === 0 && added.length === 0) return {};
  return { [setting]: join(next), [`${MARK}.${mark}`]: join(ownMarks) };
}

interface Switch {
  readonly setting: string;
  readonly mark: 'narrowed' | 'steadied';
  readonly own: readonly string[];
}

function switchChange(
  answer: SettingsAnswer,
  { why, value, ...ours }: Switch & { readonly why: readonly string[]; readonly value: string },
): SettingsChange {
  const mark = `${MARK}.${ours.mark}`;
  if (!isOurs(answer, ours)) {
    if (marksOf(answer)[ours.mark] !== undefined) return { [mark]: null };
    return why.length > 0 && !isUsers(answer, ours) ? { [ours.setting]: value, [mark]: join(why.toSorted()) } : {};
  }
  if (why.length === 0) return { [ours.setting]: null, [mark]: null };
  return valueOf(answer.persistent, ours) === value ? {} : { [ours.setting]: value, [mark]: join(why.toSorted()) };
}

/** A value that the user has put in the place of ours is the user's. */
function isOurs(answer: SettingsAnswer, ours: Switch): boolean {
  return marksOf(answer)[ours.mark] !== undefined && ours.own.includes(valueOf(answer.persistent, ours) ?? '');
}

function isUsers({ persistent, transient }: SettingsAnswer, ours: Switch): boolean {
  return valueOf(persistent, ours) !== undefined || valueOf(transient, ours) !== undefined;
}

function valueOf({ cluster }: SettingsAnswer['persistent'], { mark }: Switch): string | undefined {
  return mark === 'narrowed' ? cluster?.routing?.allocation?.enable : cluster?.routing?.rebalance?.enable;
}

function marksOf({ persistent }: SettingsAnswer): Marks {
  return persistent.cluster?.metadata?.navigator ?? {};
}

type Marks = NonNullable<NonNullable<NonNullable<SettingsAnswer['persistent']['cluster']>['metadata']>['navigator']>;

/** A process as it is written down; names of pods and ids have no slash. */
export function processOf(node: string, process: string): string {
  return `${node}/${process}`;
}

function isProcess(entry: string): boolean {
  return entry.includes('/');
}

function nodeOf(entry: string): string {
  return entry.split('/')[0] ?? entry;
}

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
