import { CRASHING, create, edit, hasBroken, type Kind, NEW, smallSpec, toVersion, UNKNOWN } from './deeds.ts';
import { both, MADE, now, oneNode, small, whenReady } from './make.ts';
import type { Step, Workload } from './workload.ts';

interface Mending {
  /** What is wrong with the version asked for: no registry has it, or its process ends as soon as it starts. */
  readonly bad: 'unknown' | 'crashing';
  /** The cluster's spec when it is good. */
  readonly spec: Record<string, unknown>;
  /** The bad version is there from the first roll on, or comes to a cluster that is Ready. */
  readonly comes: 'first' | 'later';
  /** The version that mends it. */
  readonly to: string;
}

/** A version that cannot work is asked for, and once a pod shows it, another one. */
function mended(kind: Kind, { bad, spec, comes, to }: Mending): Omit<Workload, 'name'> {
  const version = bad === 'unknown' ? UNKNOWN[kind] : CRASHING[kind];
  const isFirst = comes === 'first';
  const breaking: Step[] = isFirst
    ? [now(create(kind, { spec: { ...spec, version } }))]
    : [now(create(kind, { spec })), whenReady(edit(kind, toVersion(version)))];
  return {
    class: 'T8',
    actions: [...MADE, 'UpdateVersion'],
    ...(bad === 'unknown' ? { badImages: [version] } : { crashing: [version] }),
    ...(isFirst ? { countsVary: true } : {}),
    steps: [...breaking, { when: hasBroken(version), do: edit(kind, toVersion(to)) }],
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
