import { z } from 'zod';

/**
 * Condition types of a cluster, as kstatus reads them: `Ready` is normal when True, `Reconciling`, `Stalled`, `Degraded`
 * and `Paused` are abnormal when True. All of them are published from the first visit on.
 */
export const CONDITION_TYPES = ['Ready', 'Reconciling', 'Stalled', 'Degraded', 'Paused'] as const;
export type ConditionType = (typeof CONDITION_TYPES)[number];

/**
 * Reasons of conditions and of blocked Actions: a closed union, each one explained in docs/conditions.md (a test
 * compares the two lists).
 */
export const REASONS = [
  'AsExpected',
  'Paused',
  'NotPaused',
  'InvalidSpec',
  'PersistenceFixed',
  'ActionRunning',
  'ForeignObject',
  'StatefulSetNotObserved',
  'PilotMissing',
  'PilotNotReporting',
  'PilotNotReady',
  'PilotOutdated',
  'PodNotScheduled',
  'PodCrashLooping',
  'ImagePullFailed',
  'ProcessFailed',
  'ClusterNotFormed',
  'ClusterHealthUnknown',
  'ClusterHealthRed',
  'ClusterHealthYellow',
  'QuorumLost',
  'DiskAlmostFull',
  'MembersMissing',
  'PeersDisagree',
  'RangeMovement',
  'SchemaDisagreement',
  'DataRefused',
  'NodeSuspended',
  'NodeLeaving',
  'OrderNotInForce',
  'TooFewNodes',
  'NoRoom',
  'DataNotElsewhere',
  'ScaleInUnsupported',
  'NodePoolRemovalUnsupported',
  'ReplaceUnsupported',
  'VersionPath',
  'VolumeResizing',
  'VolumeNotExpandable',
  'SecretInvalid',
  'ApiError',
] as const;
export type Reason = (typeof REASONS)[number];

const reason = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/);

/** A condition as the Kubernetes API conventions define it. */
export const conditionSchema = z
  .object({
    type: z.string().max(316).describe('Kind of condition in CamelCase, e.g. Ready.'),
    status: z.enum(['True', 'False', 'Unknown']).describe('Whether the condition holds.'),
    observedGeneration: z.int().min(0).optional().describe('metadata.generation of the spec that this condition speaks of.'),
    lastTransitionTime: z.iso.datetime().describe('When status last changed.'),
    reason: reason.describe('One CamelCase word for the cause; docs/conditions.md lists them all.'),
    message: z.string().max(32768).describe('What holds, which object is in the way, and what to do.'),
  })
  .describe('One observation of the current state.');
export type Condition = z.infer<typeof conditionSchema>;
