import type { PersistentVolumeClaim, StatefulSet } from '@navigator/kube';
import { bytesOf } from './resources/quantity.ts';
import type { FixedField, NodePoolBase } from './snapshot.ts';

/** A pool as its StatefulSet can have it. */
export interface FittedPool {
  readonly pool: NodePoolBase;
  /** What the spec asks for and cannot get as long as the StatefulSet lives. */
  readonly fixed: readonly FixedField[];
}

/**
 * The pool with the volumes that its living StatefulSet was made with, where it cannot have others: claim templates are
 * immutable, and one wrong field would have the whole StatefulSet refused. Admission refuses such edits, but not for a pool that
 * is put back while its former StatefulSet still goes. A larger size is no difference: ResizeVolume gives it.
 */
export function fitToVolumes(pool: NodePoolBase, set: StatefulSet): FittedPool {
  const asked = pool.persistence;
  const claim = set.spec?.volumeClaimTemplates?.[0]?.spec;
  const enabled = claim !== undefined;
  if (!enabled && !asked.enabled) return { pool, fixed: [] };
  if (enabled !== asked.enabled) {
    const has = enabled ? claimed(claim, asked.size) : asked;
    const fixed: FixedField = { field: 'enabled', asked: String(asked.enabled), has: String(enabled) };
    return { pool: { ...pool, persistence: { ...has, enabled } }, fixed: [fixed] };
  }
  const has = claimed(claim, asked.size);
  const isSmaller = bytesOf(asked.size) < bytesOf(has.size);
  const fixed: FixedField[] = [
    ...(isSmaller ? [{ field: 'size', asked: asked.size, has: has.size } as const] : []),
    ...(asked.storageClass === has.storageClass
      ? []
      : [{ field: 'storageClass', asked: asked.storageClass ?? DEFAULT_CLASS, has: has.storageClass ?? DEFAULT_CLASS } as const]),
  ];
  if (fixed.length === 0) return { pool, fixed };
  return { pool: { ...pool, persistence: { ...has, enabled, size: isSmaller ? has.size : asked.size } }, fixed };
}

/**
 * The pool with volumes as this claim is, of a node whose StatefulSet somebody deleted: the next one must not bring it back with
 * an empty folder in place of its volume. Its size may have been changed by hand, so it binds nobody.
 */
export function fitToClaim(pool: NodePoolBase, { spec: claim }: PersistentVolumeClaim): FittedPool {
  const asked = pool.persistence;
  const has = claimed(claim, asked.size);
  if (!asked.enabled) {
    const fixed: FixedField = { field: 'enabled', asked: 'false', has: 'true' };
    return { pool: { ...pool, persistence: { ...has, enabled: true } }, fixed: [fixed] };
  }
  const { storageClass } = has;
  // A claim has the default class by its name.
  if (asked.storageClass === undefined || storageClass === undefined || storageClass === asked.storageClass)
    return { pool, fixed: [] };
  const fixed: FixedField = { field: 'storageClass', asked: asked.storageClass, has: storageClass };
  return { pool: { ...pool, persistence: { ...asked, storageClass } }, fixed: [fixed] };
}

/** For people. A claim template without a class keeps having none: each claim gets the default when it is made. */
const DEFAULT_CLASS = 'the default';

type Claim = NonNullable<PersistentVolumeClaim['spec']>;

function claimed(claim: Claim | undefined, otherwise: string): { readonly size: string; readonly storageClass?: string } {
  const storageClass = claim?.storageClassName;
  return {
    size: claim?.resources?.requests?.['storage'] ?? otherwise,
    ...(storageClass === undefined ? {} : { storageClass }),
  };
}
