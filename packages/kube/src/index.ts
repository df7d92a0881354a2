/**
 * The Kubernetes controller runtime: what client-node lacks to build a controller on. It knows nothing of databases.
 *
 * Flow: reflector (list + watch) → informer (indexed cache, handlers) → workqueue (keys) → controller (workers) → reconcile.
 * Writes go through the client: server-side apply of our own fields. Everything that waits takes an AbortSignal and a Clock.
 * This entry is light enough for the pilot; `./kubeconfig`, `./metrics` and `./testing` are apart because they are not.
 */
export {
  APPLIED_HASH_ANNOTATION,
  type Applied,
  Applier,
  type ApplierOptions,
  type ApplyOptions,
  type Precondition,
  wishHash,
} from './apply.ts';
export { atOnce } from './at-once.ts';
export { type BackoffOptions, backoffMs } from './backoff.ts';
export * from './builtin-resources.ts';
export { contentHash } from './canonical.ts';
export * from './client.ts';
export * from './clock.ts';
export * from './controller.ts';
export { type Credential, type CredentialSource, fileCredentials, fixedCredentials, type TlsMaterial } from './credentials.ts';
export { findDrift } from './drift.ts';
export * from './errors.ts';
export * from './event-recorder.ts';
export * from './expectations.ts';
export { deepFreeze } from './freeze.ts';
export * from './guard-writes.ts';
export * from './http-transport.ts';
export * from './in-cluster.ts';
export * from './informer.ts';
export * from './leader-election.ts';
export type { Lister } from './lister.ts';
export * from './logger.ts';
export * from './manager.ts';
export { microTime, secondTime } from './micro-time.ts';
export * from './object.ts';
export * from './owner.ts';
export { parseQuantity, sameQuantity } from './quantity.ts';
export * from './rate-limiter.ts';
export * from './request-counters.ts';
export * from './resource.ts';
export { compareResourceVersions } from './resource-version.ts';
export type * from './runtime-metrics.ts';
export { sameJson, shareUnchanged } from './share.ts';
export * from './shutdown-signal.ts';
export { type Indexers, Store } from './store.ts';
export * from './transport.ts';
export type { Wire } from './wire.ts';
export * from './workqueue.ts';
