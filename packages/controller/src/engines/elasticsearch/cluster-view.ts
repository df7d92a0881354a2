import { ANNOTATIONS, type Member } from '@navigator/api-types';
import { allNodes, isReporting } from '../../guards/node-state.ts';
import type { ClusterSnapshot, NodeView } from '../../snapshot.ts';
import type { Problem } from '../guard.ts';
import { freshReports, isDown, knowsProcess, type Report } from '../reports.ts';

export type CurrentView =
  | { readonly known: true; readonly report: Report }
  | { readonly known: false; readonly problem: Problem };

/**
 * What the elected master says, when it can be believed: its report is fresh, nobody else claims to lead and says
 * otherwise, and it is not older than what the nodes say of themselves. A Green from before a pod was replaced says
 * nothing about now. Whatever is left is unknown, and never taken for well.
 */
export function currentView(snapshot: ClusterSnapshot): CurrentView {
  const reports = freshReports(snapshot).filter((report) => report.view.authoritative);
  const report = reports[0];
  if (report === undefined) return unknown('No node reports as the elected master');
  const rival = reports.find((other) => !agree(report, other));
  if (rival !== undefined) {
    return unknown(
      `"${report.node.name}" and "${rival.node.name}" both report as the elected master and differ`,
      'PeersDisagree',
    );
  }
  const stranger = foreignClusterId(snapshot, report);
  if (stranger !== undefined) return unknown(stranger, 'PeersDisagree');
  const stale = allNodes(snapshot).flatMap((node) => contradiction(report, node, snapshot.now) ?? [])[0];
  return stale === undefined ? { known: true, report } : unknown(`The master's report (by "${report.node.name}") ${stale}`);
}

/** The member of the view that is this node. */
export function memberOf(report: Report, node: NodeView): Member | undefined {
  const byName = report.view.members.find((member) => member.name === node.name);
  const id = node.pilot?.status.identity?.id;
  return byName ?? report.view.members.find((member) => member.name === undefined && member.id === id);
}

function unknown(message: string, reason: Problem['reason'] = 'ClusterHealthUnknown'): CurrentView {
  return { known: false, problem: { reason, message } };
}

function agree(a: Report, b: Report): boolean {
  return a.view.clusterId === b.view.clusterId && a.view.health === b.view.health && memberIds(a) === memberIds(b);
}

function memberIds(report: Report): string {
  return report.view.members
    .map((member) => member.id)
    .toSorted()
    .join(' ');
}

/** An Elasticsearch cluster never changes its UUID: another one means that these nodes formed a second cluster. */
function foreignClusterId({ cluster }: ClusterSnapshot, { node, view }: Report): string | undefined {
  const known = cluster.annotations[ANNOTATIONS.clusterId];
  if (known === undefined || view.clusterId === undefined || view.clusterId === known) return undefined;
  return `"${node.name}" leads cluster ${view.clusterId}, but this cluster is ${known}: a second cluster has formed; nothing is changed until it is gone`;
}

/** Where the report cannot be of the same moment as what is known of the node; undefined when both fit together. */
function contradiction(report: Report, node: NodeView, now: number): string | undefined {
  const member = memberOf(report, node);
  const listed = member?.state === 'Up';
  if (isDown(node, now)) return listed ? `still lists "${node.name}", whose process is gone` : undefined;
  if (!isReporting(node, now)) return undefined;
  const status = node.pilot?.status;
  if (!listed) {
    const serves = status?.phase === 'Running' && status.health === 'Healthy';
    return serves ? `does not list "${node.name}" yet` : undefined;
  }
  if (status?.phase === 'Draining') return undefined;
  return knowsProcess(report, node) && isSameProcess(member, node) ? undefined : `is older than the process of "${node.name}"`;
}

/** A node that came back has the same id with another address or version. */
function isSameProcess(member: Member, node: NodeView): boolean {
  const status = node.pilot?.status;
  return (
    !differs(member.id, status?.identity?.id) &&
    !differs(member.address, status?.identity?.address) &&
    !differs(member.version, status?.version)
  );
}

function differs(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}
