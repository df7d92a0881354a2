import { openCluster, type TestCluster } from '../cluster/index.ts';
import { waitFor } from '../cluster/wait.ts';
import { SYSTEM_NAMESPACE } from './install.ts';
import { openNamespace, type Namespace } from './objects.ts';

export const ES = 'elasticsearchclusters.navigator.dev';
export const CASS = 'cassandraclusters.navigator.dev';
export const PILOT = 'pilots.navigator.dev';

/** The cluster under test; Navigator is installed by the runner before the scenarios start. */
export async function testCluster(): Promise<TestCluster> {
  const context = process.env['NAVIGATOR_CONTEXT'];
  return openCluster(context === undefined ? {} : { context });
}

/** A fresh namespace for one file of scenarios, and the installation's own. What an earlier run left is removed first. */
export async function openScenario(name: string): Promise<{ cluster: TestCluster; namespace: Namespace; system: Namespace }> {
  const cluster = await testCluster();
  await removeNamespace(cluster, name);
  return { cluster, namespace: await openNamespace(cluster, name), system: await openNamespace(cluster, SYSTEM_NAMESPACE) };
}

/** Deletes a namespace with all in it and waits until it is gone. */
export async function removeNamespace(cluster: TestCluster, name: string): Promise<void> {
  await cluster.kubectl(['delete', 'namespace', name, '--ignore-not-found', '--wait=true', '--timeout=280s'], {
    deadlineMs: 300_000,
  });
}

/** Waits until `look` is true; any error counts as "not yet". */
export async function eventually(what: string, deadlineMs: number, look: () => Promise<boolean>): Promise<void> {
  await waitFor(look, { what, deadlineMs, everyMs: 500 });
}

/** Names with UIDs of the pods of a cluster, to see which ones were replaced. */
export async function podUids(namespace: Namespace, cluster: string): Promise<Map<string, string>> {
  const pods = await namespace.list('pods', `navigator.dev/cluster=${cluster}`);
  return new Map(pods.map((pod) => [pod.metadata.name, pod.metadata.uid]));
}
