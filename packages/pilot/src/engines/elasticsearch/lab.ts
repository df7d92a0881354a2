/** What packages/plans needs of this engine: the probe with its parsing, over answers that are played. For tests only. */
export { PilotError } from '../../errors.ts';
export { type Call, LocalHttp } from './http.ts';
export { IMAGE_PATHS } from './paths.ts';
export { Probe } from './probe.ts';
export { holdNewIndices } from './stopping.ts';
export { versionRules } from './version-rules.ts';
