// The cluster's names and addresses. It lives in a network namespace of its own; the host reaches it over one veth pair,
// and pods and Services through it, so tests can open connections to pod and Service addresses from the host.
// The bridge CNI plugin does not enforce NetworkPolicy: policies are accepted and have no effect here.
// NAVIGATOR_CLUSTER=1 … 9 names further clusters that run beside the first one, each with a state folder of its own.

/** Which local cluster: 0 is the usual one. Throws unless NAVIGATOR_CLUSTER is a digit or unset. */
export function clusterIndex(env: NodeJS.ProcessEnv = process.env): number {
  const text = env['NAVIGATOR_CLUSTER'] || '0';
  if (!/^\d$/.test(text)) throw new Error(`NAVIGATOR_CLUSTER must be one digit, not ${text}`);
  return Number(text);
}

const index = clusterIndex();

/** Names the network namespace, its devices and the pods' cgroup. */
export const labName: string = index === 0 ? 'navigator' : `navigator${index}`;
/** The node's name in Kubernetes. */
export const nodeName = 'node-1';
/** The host's end and the node's end of the veth pair. */
export const hostDevice = `${labName}-h`;
export const nodeDevice = `${labName}-n`;
export const hostIp = `10.123.${index}.1`;
export const nodeIp = `10.123.${index}.2`;
export const podCidr = `10.244.${index}.0/24`;
export const serviceCidr = `10.96.${index}.0/24`;
/** First address of the Service range: the `kubernetes` Service. */
export const apiServiceIp = `10.96.${index}.1`;
export const dnsIp = `10.96.${index}.10`;
/** The API server's address for everybody. */
export const apiServerUrl = `https://${nodeIp}:6443`;

/** Puts a command into the cluster's network namespace. nsenter, because `ip netns exec` hides the cgroup mounts. */
export function inNamespace(argv: readonly string[]): [string, ...string[]] {
  return ['nsenter', `--net=/run/netns/${labName}`, ...argv];
}
