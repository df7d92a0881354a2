/** What packages/plans needs of this engine: decisions about the volume and readings of JMX, all pure. For tests only. */
export { type Marker } from './marker.ts';
export { nextMarker } from './marker-keeper.ts';
export { toObservation } from './observe.ts';
export { IMAGE_PATHS } from './paths.ts';
export { planStart, type StartPlan } from './start-plan.ts';
export type { NodeFacts } from './storage-service.ts';
export { versionRules } from './version-rules.ts';
export type { VolumeState } from './volume.ts';
