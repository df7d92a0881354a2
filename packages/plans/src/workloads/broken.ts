import {
  CRASHING,
  create,
  edit,
  ES,
  HANGING,
  hasBroken,
  isStarting,
  type Kind,
  NEW,
  smallSpec,
  toVersion,
  UNKNOWN,
} from './deeds.ts';
import { both, MADE, now, oneNode, small, whenReady } from './make.ts';
import type { Step, Workload } from './workload.ts';

interface Mending {
  /** What is wrong with the version asked for: no registry has it, or its process ends as soon as it starts, or never answers. */
  readonly bad: keyof typeof BAD;
  /** The cluster's spec when it is good. */
  readonly spec: Record<string, unknown>;
  /** The bad version is there from the first roll on, or comes to a cluster that is Ready. */
  readonly comes: 'first' | 'later';
  /** The version that mends it. */
  readonly to: string;
}

const BAD = {
  unknown: { versions: UNKNOWN, field: 'badImages', shows: hasBroken },
  crashing: { versions: CRASHING, field: 'crashing', shows: hasBroken },
  hanging: { versions: HANGING, field: 'hanging', shows: isStarting },
} as const;

/** A version that cannot work is asked for, and once a pod shows it, another one. */
function mended(kind: Kind, { bad, spec, comes, to }: Mending): Omit<Workload, 'name'> {
  const { versions, field, shows } = BAD[bad];
  const version = versions[kind];
  const isFirst = comes === 'first';
  const breaking: Step[] = isFirst
    ? [now(create(kind, { spec: { ...spec, version } }))]
    : [now(create(kind, { spec })), whenReady(edit(kind, toVersion(version)))];
  return {
    class: 'T8',
    actions: [...MADE, 'UpdateVersion'],
    [field]: [version],
    ...(isFirst ? { countsVary: true } : {}),
    steps: [...breaking, { when: shows(version), do: edit(kind, toVersion(to)) }],
  };
}

/** Specs that cannot work, mended (T8). */
export const BROKEN: readonly Workload[] = [
  ...small('one-fix', (kind) => mended(kind, { bad: 'unknown', spec: oneNode(kind), comes: 'later', to: NEW[kind] })),
  ...both('fix-first-roll', (kind) => mended(kind, { bad: 'unknown', spec: smallSpec(kind), comes: 'first', to: NEW[kind] })),
  ...both('fix-crash-first-roll', (kind) =>
    mended(kind, { bad: 'crashing', spec: smallSpec(kind), comes: 'first', to: NEW[kind] }),
  ),
  ...both('fix-mid-roll', (kind) => mended(kind, { bad: 'unknown', spec: smallSpec(kind), comes: 'later', to: NEW[kind] })),
  ...both('fix-crash-mid-roll', (kind) =>
    mended(kind, { bad: 'crashing', spec: smallSpec(kind), comes: 'later', to: NEW[kind] }),
  ),
  ...both('revert-mid-roll', (kind) =>
    mended(kind, { bad: 'unknown', spec: smallSpec(kind), comes: 'later', to: smallSpec(kind).version }),
  ),
];

/** Specs with which nodes run and never serve, mended. */
export const HUNG: readonly Workload[] = [
  {
    ...mended(ES, { bad: 'hanging', spec: oneNode(ES), comes: 'later', to: NEW[ES] }),
    name: 'one-fix-hung-es',
    isSmall: true,
  },
  ...both('fix-hung-mid-roll', (kind) => mended(kind, { bad: 'hanging', spec: smallSpec(kind), comes: 'later', to: NEW[kind] })),
];
