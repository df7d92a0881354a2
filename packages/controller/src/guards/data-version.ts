import semver from 'semver';
import type { Guard } from '../actions/action.ts';
import type { ControllerEngine } from '../engines/engine.ts';
import type { ClusterSnapshot, NodeView } from '../snapshot.ts';
import { RECHECK_MS } from './node-state.ts';

/** The version that the node's data was last opened with, as far as its pilot has told. */
export function dataVersion({ pilot }: NodeView): string | undefined {
  return pilot?.status.dataVersion ?? pilot?.status.version;
}

/** Whether the node's data can be opened with the version that the spec asks for: databases upgrade data, and never back. */
export function mayTakeVersion({ cluster }: ClusterSnapshot, engine: ControllerEngine, node: NodeView): Guard {
  const from = dataVersion(node);
  const to = cluster.spec.version;
  // A private build may be called anything; its pilot has the last word at the gate.
  const known = semver.valid(from) ?? semver.coerce(from)?.version;
  if (known === undefined || engine.canOpen(known, to)) return { pass: true };
  const message = `The data of "${node.name}" was opened with version ${from}, and ${to} cannot read it any more; set spec.version to ${from} or newer`;
  return { pass: false, hold: { reason: 'VersionPath', message, recheckAfterMs: RECHECK_MS } };
}
