import type { Member } from '@navigator/api-types';
import semver from 'semver';
import { allNodes, holdForNode, isHealthy } from '../../guards/node-state.ts';
import { nodesToBeReplaced } from '../../guards/roll.ts';
import type { ClusterSnapshot, NodeView } from '../../snapshot.ts';
import type { Problem } from '../guard.ts';
import { freshReports, knowsProcess, type Report } from '../reports.ts';

/**
 * Why the ring is not at rest, if it is not. At rest means: every node that was told to start serves and reports freshly;
 * every one of them sees the same members, by host id, all Up and Normal; no view is older than a process it speaks of;
 * and the schema is agreed. Every node is asked, because in Cassandra each has its own opinion, and each one counts when a
 * token range is about to move or a replica to stop.
 */
export function unrest(snapshot: ClusterSnapshot): Problem | undefined {
  const nodes = allNodes(snapshot).filter((node) => node.pilot !== undefined);
  if (nodes.length === 0) return { reason: 'ClusterNotFormed', message: 'No node has been started yet' };
  const leaving = snapshot.pools.flatMap(nodesToBeReplaced)[0];
  if (leaving !== undefined)
    return { reason: 'PilotOutdated', message: `Pod "${leaving.name}" is being replaced by its StatefulSet` };
  const sick = nodes.find((node) => !isHealthy(node, snapshot.now));
  if (sick !== undefined) return problemOf(sick);
  const reports = freshReports(snapshot);
  const silent = nodes.find((node) => !reports.some((report) => report.node === node));
  if (silent !== undefined) {
    return { reason: 'PilotNotReporting', message: `Pilot "${silent.name}" does not say yet how it sees the ring` };
  }
  return (
    first(reports, restlessMember) ??
    first(reports, (report) => first(nodes, (node) => unseen(report, node))) ??
    disagreement(reports) ??
    schemaDisagreement(reports)
  );
}

/**
 * Why nodes may neither join nor leave although the ring is at rest: majors cannot stream to each other. A node that starts
 * now has the version of the spec, which the others may not have yet.
 */
export function mixedMajors(snapshot: ClusterSnapshot): Problem | undefined {
  const wanted = semver.coerce(snapshot.cluster.spec.version)?.major ?? [];
  const majors = new Set([...majorsOf(freshReports(snapshot))].concat(wanted));
  if (majors.size < 2) return undefined;
  const message = `Nodes run, or shall run, Cassandra ${[...majors].toSorted((a, b) => a - b).join(' and ')}; data can move only between nodes of one major version`;
  return { reason: 'RangeMovement', message };
}

function problemOf(node: NodeView): Problem {
  const { reason, message } = holdForNode(node);
  return { reason, message };
}

/** The first problem that one of the items has. */
function first<T>(items: readonly T[], problem: (item: T) => Problem | undefined): Problem | undefined {
  for (const item of items) {
    const found = problem(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function restlessMember({ node, view }: Report): Problem | undefined {
  const member = view.members.find(({ state }) => state !== 'Up');
  if (member === undefined) return undefined;
  const who = `"${member.name ?? member.address ?? member.id}" (host id ${member.id})`;
  if (member.state === 'Down') return { reason: 'MembersMissing', message: `"${node.name}" sees ${who} down` };
  return { reason: 'RangeMovement', message: `"${node.name}" sees ${who} ${member.state.toLowerCase()}` };
}

/** Whether a view lacks a node, or knows an earlier life of it only. */
function unseen(report: Report, node: NodeView): Problem | undefined {
  const status = node.pilot?.status;
  const id = status?.identity?.id;
  const member = report.view.members.find((candidate) => candidate.id === id);
  if (id === undefined || member === undefined) {
    return { reason: 'PeersDisagree', message: `"${report.node.name}" does not see "${node.name}" in the ring yet` };
  }
  // What a node says of itself comes from its running process.
  const current = report.node === node || (knowsProcess(report, node) && isSameAddress(member, status?.identity?.address));
  return current
    ? undefined
    : { reason: 'PeersDisagree', message: `"${report.node.name}" has not reported since "${node.name}" started` };
}

function isSameAddress(member: Member, address: string | undefined): boolean {
  return member.address === undefined || address === undefined || member.address === address;
}

function disagreement(reports: readonly Report[]): Problem | undefined {
  const [reference, ...others] = reports;
  const rival = others.find((report) => memberIds(report) !== (reference && memberIds(reference)));
  if (reference === undefined || rival === undefined) return undefined;
  return {
    reason: 'PeersDisagree',
    message: `"${reference.node.name}" and "${rival.node.name}" see different members of the ring`,
  };
}

function memberIds(report: Report): string {
  return report.view.members
    .map((member) => member.id)
    .toSorted()
    .join(' ');
}

/**
 * Majors write their schema down differently, so in the middle of a major upgrade there is one version a major. None at
 * all means that nobody could be asked.
 */
function schemaDisagreement(reports: readonly Report[]): Problem | undefined {
  const versions = new Set(reports.flatMap((report) => report.view.schemaVersions));
  const mute = reports.find((report) => report.view.schemaVersions.length === 0);
  if (mute !== undefined)
    return { reason: 'SchemaDisagreement', message: `"${mute.node.name}" does not tell its schema version` };
  if (versions.size <= Math.max(1, majorsOf(reports).size)) return undefined;
  return {
    reason: 'SchemaDisagreement',
    message: `Nodes hold ${versions.size} versions of the schema: ${[...versions].toSorted().join(', ')}`,
  };
}

function majorsOf(reports: readonly Report[]): ReadonlySet<number> {
  const versions = reports.flatMap(({ node }) => semver.coerce(node.pilot?.status.version)?.major ?? []);
  return new Set(versions);
}
