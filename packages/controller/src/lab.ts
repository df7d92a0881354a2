/**
 * The parts of the controller that packages/plans puts together in place of wire.ts: the same code over an API server in
 * memory, on a clock that moves when told. For tests only.
 */
export { ACTION_NAMES, type ActionName } from './actions/action.ts';
export { clusterKey, parseClusterKey } from './cluster-key.ts';
export type { ControllerEngine } from './engines/engine.ts';
export { ENGINES, engineOfKind } from './engines/registry.ts';
export { observe } from './observe.ts';
export { plan, type Plan } from './plan.ts';
export { PlanBook } from './plan-book.ts';
export { Reclaimer } from './reclaim.ts';
export type { Forge } from './security/forge.ts';
export { bindingHash, namesHash } from './security/plan-secrets.ts';
export type { WantedSecrets } from './security/wanted.ts';
export { createReconcile, type Scope } from './reconcile.ts';
export type { ClusterSnapshot, NodePoolBase } from './snapshot.ts';
export { buildStatus } from './status.ts';
export { Pilots, Watches } from './watches.ts';
