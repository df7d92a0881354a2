// The cluster's addresses. It lives in a network namespace of its own; the host reaches it over one veth pair, and pods
// and Services through it, so tests can open connections to pod and Service addresses from the host.
// The bridge CNI plugin does not enforce NetworkPolicy: policies are accepted and have no effect here.

/** The network namespace, and the start of its devices' names. */
export const namespace = 'navigator';
/** The node's name in Kubernetes. */
export const nodeName = 'node-1';
/** The host's end and the node's end of the veth pair. */
export const hostDevice = 'navigator-h';
export const nodeDevice = 'navigator-n';
export const hostIp = '10.123.0.1';
export const nodeIp = '10.123.0.2';
export const podCidr = '10.244.0.0/24';
export const clusterCidr = '10.244.0.0/16';
export const serviceCidr = '10.96.0.0/16';
/** First address of the Service range: the `kubernetes` Service. */
export const apiServiceIp = '10.96.0.1';
export const dnsIp = '10.96.0.10';
/** The API server's address for everybody. */
export const apiServerUrl = `https://${nodeIp}:6443`;

/** Puts a command into the cluster's network namespace. nsenter, because `ip netns exec` hides the cgroup mounts. */
export function inNamespace(argv: readonly string[]): [string, ...string[]] {
  return ['nsenter', `--net=/run/netns/${namespace}`, ...argv];
}
