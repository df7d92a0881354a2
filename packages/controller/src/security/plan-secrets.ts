import { createHash } from 'node:crypto';
import { ANNOTATIONS } from '@navigator/api-types';
import type { SecretView } from '../snapshot.ts';
import type { SecretTask, SeenSecret, WantedBinding, WantedSecrets } from './wanted.ts';

/** What is to be done about a cluster's Secrets now, and when to look again although nothing changes. */
export interface SecretsPlan {
  readonly tasks: readonly SecretTask[];
  readonly recheckAfterMs?: number;
}

/**
 * How long nodes are given to trust a new authority before one of them shows what it has signed. The kubelet needs up to two
 * minutes to bring a changed Secret into a pod, pilot and database seven seconds more.
 */
export const TRUST_SETTLES_MS = 600_000;
/** A timer cannot be set further ahead than 24 days. */
const LONGEST_WAIT_MS = 43_200_000;

interface Input {
  readonly wanted: WantedSecrets;
  readonly secrets: readonly SecretView[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Nodes run that were made for another spec, so clients may see a certificate that it asks for no more. Default false. */
  readonly rolling?: boolean;
}

/**
 * Decides from metadata alone which Secrets are missing or due. Pure. An authority is changed in two steps: first all trust
 * both, then certificates are signed by the new one; so nodes that have not seen the change yet never meet what they do not
 * trust.
 */
export function planSecrets(input: Input): SecretsPlan {
  const { wanted, now } = input;
  const view = (name: string): SecretView | undefined => input.secrets.find((secret) => secret.name === name);
  const [authority, certificate] = [view(wanted.authority.name), view(wanted.certificate.name)];
  const binding = view(wanted.binding.name);
  const tasks = [
    ...wanted.users.filter(({ name }) => view(name) === undefined).map((user): SecretTask => ({ make: 'user', wanted: user })),
    ...authorityTasks(wanted, authority, now),
    ...certificateTasks(wanted, { authority, certificate }, now),
    ...bindingTasks(input, { binding, user: view(wanted.binding.user), certificate }),
  ];
  const dates = [renewalOf(authority), renewalOf(certificate), settledAt(certificate), keptUntil(binding)].filter(
    (at) => at > now,
  );
  return dates.length === 0 ? { tasks } : { tasks, recheckAfterMs: Math.min(LONGEST_WAIT_MS, Math.min(...dates) - now) };
}

function authorityTasks({ authority: wanted }: WantedSecrets, view: SecretView | undefined, now: number): SecretTask[] {
  if (view === undefined) return [{ make: 'authority', wanted }];
  // Without its annotation nobody knows which one it is: nothing would be signed by it, and nothing renewed.
  const isKnown = (view.annotations[ANNOTATIONS.authority] ?? '') !== '';
  return !isKnown || renewalOf(view) <= now ? [{ make: 'authority', wanted, seen: seen(view) }] : [];
}

interface Signed {
  readonly authority: SecretView | undefined;
  readonly certificate: SecretView | undefined;
}

function certificateTasks(wanted: WantedSecrets, { authority, certificate }: Signed, now: number): SecretTask[] {
  const task = { wanted: wanted.certificate, authority: wanted.authority.name };
  if (certificate === undefined) return [{ make: 'certificate', ...task }];
  // A new authority is looked at when it is there.
  const newest = authority?.annotations[ANNOTATIONS.authority] ?? '';
  if (newest === '') return [];
  if (!trusted(certificate).includes(newest)) return [{ make: 'trust', ...task, seen: seen(certificate) }];
  const isByNewest = certificate.annotations[ANNOTATIONS.authority] === newest;
  const isDue =
    renewalOf(certificate) <= now || certificate.annotations[ANNOTATIONS.names] !== namesHash(wanted.certificate.names);
  if (isByNewest && !isDue) return [];
  const isExpired = timeIn(certificate, ANNOTATIONS.notAfter) <= now;
  if (!isByNewest && settledAt(certificate) > now && !isExpired) return [];
  return [{ make: 'certificate', ...task, seen: seen(certificate) }];
}

interface Sources {
  readonly binding: SecretView | undefined;
  readonly user: SecretView | undefined;
  readonly certificate: SecretView | undefined;
}

function bindingTasks({ wanted: all, now, rolling = false }: Input, sources: Sources): SecretTask[] {
  const { binding, user, certificate } = sources;
  const [wanted, name] = [all.binding, all.certificate.name];
  if (binding === undefined) return [{ make: 'binding', wanted, certificate: name }];
  if (user === undefined || certificate === undefined) return [];
  const madeFrom = binding.annotations[ANNOTATIONS.madeFrom];
  const known = madeFrom === undefined ? {} : { madeFrom };
  const task = { make: 'binding', wanted, certificate: name, seen: seen(binding) } as const;
  // By then the kubelets have brought what changed, and no node is left that shows what was signed by one that is not asked for.
  if (!rolling && keptUntil(binding) <= now) return [{ ...task, ...known, prunes: true }];
  // A Secret of the user's is in no cache, so it is looked at in each pass: he may make it, or change it, at any time.
  if (wanted.authority !== undefined) return [{ ...task, ...known }];
  return madeFrom === bindingHash(wanted, [user, certificate]) ? [] : [task];
}

function seen({ uid, resourceVersion }: SecretView): SeenSecret {
  return { uid, resourceVersion };
}

function renewalOf(view: SecretView | undefined): number {
  return view === undefined ? Number.NaN : timeIn(view, ANNOTATIONS.renewAfter);
}

function settledAt(view: SecretView | undefined): number {
  return view === undefined ? Number.NaN : timeIn(view, ANNOTATIONS.trustedSince) + TRUST_SETTLES_MS;
}

/** NaN where it keeps nothing. */
function keptUntil(view: SecretView | undefined): number {
  if (view?.annotations[ANNOTATIONS.keepsSince] === undefined) return Number.NaN;
  return timeIn(view, ANNOTATIONS.keepsSince) + TRUST_SETTLES_MS;
}

/** One that was taken away or cannot be read is long past: the Secret is then made anew, which does no harm. */
function timeIn({ annotations }: SecretView, annotation: string): number {
  const at = Date.parse(annotations[annotation] ?? '');
  return Number.isNaN(at) ? 0 : at;
}

function trusted({ annotations }: SecretView): readonly string[] {
  return (annotations[ANNOTATIONS.trusts] ?? '').split(',');
}

/** Of names in any order. */
export function namesHash(names: readonly string[]): string {
  return shortHash(names.toSorted().join('\n'));
}

/** Of all that a binding is made from: it is written anew when this changes. */
export function bindingHash(wanted: WantedBinding, sources: readonly { readonly resourceVersion: string }[]): string {
  const { type, host, port, authority } = wanted;
  return shortHash(JSON.stringify([type, host, port, authority ?? '', ...sources.map(({ resourceVersion }) => resourceVersion)]));
}

/** What a certificate is known by in annotations. */
export function fingerprint(certificate: string): string {
  return shortHash(certificate.trim());
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
