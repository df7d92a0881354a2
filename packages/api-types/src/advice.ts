import type { Reason } from './conditions.ts';

/** What to do about each reason: the last part of a condition's message, and the table in docs/conditions.md. */
export const ADVICE: Readonly<Record<Reason, string>> = {
  AsExpected: 'nothing',
  Paused: 'set spec.paused to false when you are done',
  NotPaused: 'nothing',
  InvalidSpec: 'correct the field',
  PersistenceFixed:
    'set the field back, or make a pool of another name; for the same name take the pool out, wait until its StatefulSet is gone, delete its volume claims, and add it again',
  ActionRunning: 'wait; status.plan lists what is still to come',
  ForeignObject: 'delete or rename that object, or take another name for the cluster or node pool',
  StatefulSetNotObserved: 'wait; when it lasts for minutes, look at the kube-controller-manager',
  PilotMissing: "wait; it is made when it is the node's turn",
  PilotNotReporting: 'see kubectl describe pod and kubectl logs: whether the pod runs, and whether it reaches the API server',
  PilotNotReady: 'wait; when it lasts, see kubectl describe plt, or kubectl describe statefulset where there is no pod',
  PilotOutdated: 'wait; when it lasts, see whether the image holds that version',
  PodNotScheduled: 'give the cluster room, or correct resources, nodeSelector, tolerations, zoneSpread or the storage class',
  PodCrashLooping: 'see kubectl describe plt for the last lines of the database, then correct the spec',
  ImagePullFailed: 'correct spec.version or spec.image; a correction is rolled out at once',
  ProcessFailed: 'it is started again; when it lasts, see kubectl describe plt and kubectl describe pod',
  ClusterNotFormed: "wait; when it lasts, look at the first node's Pilot",
  ClusterHealthUnknown: 'wait; when it lasts, see whether the pilots report',
  ClusterHealthRed: 'look into the database; healthy nodes are not restarted meanwhile',
  ClusterHealthYellow: 'wait; when it lasts, ask the database why copies are missing',
  QuorumLost: 'bring the nodes named back and leave all volumes alone; those that run still vote when enough are there',
  DiskAlmostFull: 'grow the volumes (persistence.size), add nodes, or delete data',
  MembersMissing: 'wait for it to join; when it lasts, look at that node',
  PeersDisagree: 'look at the nodes named; do not delete volumes',
  RangeMovement: 'wait; one range movement at a time',
  SchemaDisagreement: 'wait for agreement; when it lasts, nodetool describecluster tells which nodes differ',
  DataRefused:
    'set the version that the message names, where it names one; else bring the right volume, or delete the claim and the pod if its data may go',
  NodeSuspended: 'take it out of spec.suspendedNodes when you are done; rolls and nodes that leave wait for it',
  NodeLeaving: 'wait; when it lasts, ask the database why its data does not move, or set the spec back',
  OrderNotInForce: 'wait; when it lasts, look at the Pilot of the node that leads',
  TooFewNodes: 'let the data ask for fewer copies first, or set the spec back',
  NoRoom: 'give the nodes that stay more room, delete data, or set the spec back',
  DataNotElsewhere: 'add nodes, or let that data have more copies; delete the pod yourself only if what is on its volume may go',
  ScaleInUnsupported: 'set replicas back',
  NodePoolRemovalUnsupported: 'put the pool back',
  ReplaceUnsupported: 'do not delete the pod, and make the PersistentVolume stay (reclaim policy Retain)',
  VersionPath: 'ask for a version that can be reached, as the message says',
  VolumeResizing: 'wait; when it asks for a restart, change restartedAt of the node pool',
  VolumeNotExpandable: 'take a storage class that can expand volumes in another node pool, or mend the quota',
  SecretInvalid: 'correct the Secret that the message names; the pod sees it within about a minute',
  ApiError: 'it is tried again; when the message names a quota or an admission policy, mend that',
};

/** Their messages say it in their own words already. */
const ADVISED: ReadonlySet<Reason> = new Set([
  'AsExpected',
  'NotPaused',
  'ForeignObject',
  'ScaleInUnsupported',
  'NodePoolRemovalUnsupported',
  'ReplaceUnsupported',
  'VersionPath',
]);

/** The message with what to do at its end. */
export function withAdvice(reason: Reason, message: string): string {
  return ADVISED.has(reason) ? message : `${message.replace(/[.;\s]+$/, '')}; ${ADVICE[reason]}`;
}
