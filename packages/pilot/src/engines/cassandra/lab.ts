/** What packages/plans needs of this engine: decisions about the volume and readings of JMX, all pure. For tests only. */
export { type Marker } from './marker.ts';
export { nextMarker } from './marker-keeper.ts';
export { toObservation } from './observe.ts';
export { planStart, type StartPlan } from './start-plan.ts';
export type { NodeFacts } from './storage-service.ts';
export type { VolumeState } from './volume.ts';
