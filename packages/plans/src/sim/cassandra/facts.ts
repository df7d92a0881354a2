import type { NodeFacts } from '@navigator/pilot/lab/cassandra';
import type { CassandraProcess, RingEntry } from './model.ts';

/** What JMX would tell; undefined when the JVM does not answer. */
export function factsOf({ mode, place, volume, ring }: CassandraProcess): NodeFacts | undefined {
  if (mode === undefined) return undefined;
  const own: RingEntry = { hostId: volume.hostId, address: place.podIp, state: 'normal', isLive: true, version: place.version };
  const seen = [...ring.filter(({ hostId }) => hostId !== volume.hostId), ...(mode === 'NORMAL' ? [own] : [])];
  return {
    service: {
      OperationMode: mode,
      LocalHostId: volume.hostId,
      ReleaseVersion: place.version,
      NativeTransportRunning: mode === 'NORMAL',
      EndpointToHostId: Object.fromEntries(seen.map(({ address, hostId }) => [address, hostId])),
      LiveNodes: seen.filter(({ isLive }) => isLive).map(({ address }) => address),
      UnreachableNodes: seen.filter(({ isLive }) => !isLive).map(({ address }) => address),
      JoiningNodes: seen.filter(({ state }) => state === 'joining').map(({ address }) => address),
      LeavingNodes: [],
      MovingNodes: [],
    },
    loadBytes: 4096,
    gossip: seen
      .map(({ address, version }) => `/${address}\n  SCHEMA:12:schema-${version.split('.')[0]}\n  RELEASE_VERSION:4:${version}`)
      .join('\n'),
  };
}
