import type { ClusterView, Member } from '@navigator/api-types';
import { parseGossip } from './gossip.ts';
import type { NodeFacts } from './storage-service.ts';

/** Modes in which a node knows the whole ring; a starting or joining one has heard of a part only. */
const MODES_WITH_VIEW = new Set(['NORMAL', 'LEAVING', 'MOVING']);

/**
 * The ring as this node sees it; undefined when it cannot know. No node of Cassandra leads, so no view is authoritative:
 * whoever judges compares all. A node that left for good is in gossip for three more days, but no longer in
 * EndpointToHostId, so it is no member.
 */
export function buildView({ service, gossip }: NodeFacts): ClusterView | undefined {
  if (service?.OperationMode === undefined || !MODES_WITH_VIEW.has(service.OperationMode)) return undefined;
  const {
    EndpointToHostId: hostIds,
    LiveNodes: live,
    JoiningNodes: joining,
    LeavingNodes: leaving,
    MovingNodes: moving,
  } = service;
  if (!hostIds || !live || !joining || !leaving || !moving || gossip === undefined) return undefined;
  const states = parseGossip(gossip);
  const members = Object.entries(hostIds).map(([address, id]): Member => {
    const version = states.get(address)?.version;
    const state = stateOf(address, { live, joining, leaving, moving });
    return { id, address, state, ...(version === undefined ? {} : { version }) };
  });
  const schemas = live.flatMap((address) => (address in hostIds ? (states.get(address)?.schema ?? []) : []));
  return { authoritative: false, members: members.toSorted(byId), schemaVersions: [...new Set(schemas)].toSorted() };
}

interface NodeLists {
  readonly live: readonly string[];
  readonly joining: readonly string[];
  readonly leaving: readonly string[];
  readonly moving: readonly string[];
}

/** A range movement is told before down: a node that died while leaving still holds the ring up. */
function stateOf(address: string, lists: NodeLists): Member['state'] {
  if (lists.joining.includes(address)) return 'Joining';
  if (lists.leaving.includes(address)) return 'Leaving';
  if (lists.moving.includes(address)) return 'Moving';
  return lists.live.includes(address) ? 'Up' : 'Down';
}

/** A stable order: a map that Java prints in another order must not look like a change. */
function byId(a: Member, b: Member): number {
  return a.id < b.id ? -1 : 1;
}
