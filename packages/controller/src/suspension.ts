import type { EventNote } from './actions/action.ts';
import type { ControllerEngine } from './engines/engine.ts';
import { desiredOf } from './guards/desired-state.ts';
import { allNodes, isHealthy, isReporting, wantedNodes } from './guards/node-state.ts';
import type { ClusterSnapshot, NodeView } from './snapshot.ts';

/**
 * What people are told when a node is suspended, with what it costs, and when that is lifted: once, in the pass that writes the
 * order. No guard keeps a node from being suspended: somebody asked for it, and an edit takes it back.
 */
export function suspensionNotes(snapshot: ClusterSnapshot, engine: ControllerEngine): readonly EventNote[] {
  return allNodes(snapshot).flatMap((node): readonly EventNote[] => {
    if (node.pilot === undefined || node.pilot.deleting) return [];
    const was = node.pilot.spec.desired === 'Suspended';
    const shall = desiredOf(node) === 'Suspended';
    if (shall && !was) return [suspended(snapshot, engine, node)];
    if (was && desiredOf(node) === 'Running')
      return [{ type: 'Normal', reason: 'Suspended', message: `Node "${node.name}" is suspended no more and starts` }];
    return [];
  });
}

function suspended(snapshot: ClusterSnapshot, engine: ControllerEngine, node: NodeView): EventNote {
  const message = `Suspended node "${node.name}": its database is stopped, its pod and volume stay; until it is taken out of spec.suspendedNodes no other node is restarted or leaves`;
  const started = wantedNodes(snapshot).filter(({ pilot, name }) => pilot !== undefined && name !== node.name);
  const other = started.find((each) => !isHealthy(each, snapshot.now));
  const cost = engine.costOfRestart(snapshot, node)?.replace('restarts', 'is suspended');
  const warnings = [other && `"${other.name}" does not serve either`, cost].filter((words) => words !== undefined);
  return {
    type: warnings.length === 0 ? 'Normal' : 'Warning',
    reason: 'Suspended',
    message: [message, ...warnings].join('; '),
  };
}

/** Which nodes are suspended, with what is not as it shall be with them; undefined when none is. */
export function suspendedNodes(snapshot: ClusterSnapshot): string | undefined {
  const nodes = allNodes(snapshot).filter((node) => desiredOf(node) === 'Suspended');
  if (nodes.length === 0) return undefined;
  const words = nodes.map((node) => `"${node.name}"${amiss(node, snapshot.now)}`);
  return `Suspended by spec.suspendedNodes: ${words.join(', ')}`;
}

function amiss(node: NodeView, now: number): string {
  if (node.pod === undefined) return ' (has no pod)';
  if (node.pod.problem !== undefined) return ` (${node.pod.problem.message})`;
  if (!isReporting(node, now)) return ' (its pilot does not report)';
  return node.pilot?.status.phase === 'Suspended' ? '' : ' (has not stopped yet)';
}

/** Names in spec.suspendedNodes that no node has. They hold up nothing: a node of this name may come, or has gone. */
export function unknownNodes(snapshot: ClusterSnapshot): string | undefined {
  const known = new Set(allNodes(snapshot).map(({ name }) => name));
  const unknown = snapshot.cluster.spec.suspendedNodes.filter((name) => !known.has(name)).map((name) => `"${name}"`);
  if (unknown.length === 0) return undefined;
  return `spec.suspendedNodes names ${unknown.join(', ')}, and the cluster has no such node`;
}
