import { openCluster, type OpenOptions, type TestCluster } from '../cluster/index.ts';
import { down } from '../cluster/down.ts';
import { createProgress } from '../cluster/progress.ts';
import { uninstallNavigator } from './install.ts';

/**
 * Takes away what the demo and the tests made. The local cluster goes whole; on somebody's own cluster only our
 * namespaces and the installation go, and the definitions stay, since others may use them.
 */
export async function clean(options: OpenOptions): Promise<void> {
  const progress = options.progress ?? createProgress();
  const named = options.context !== undefined || (process.env['KUBECONFIG'] ?? '') !== '';
  if (!named) return down(progress, { purge: true });
  const cluster: TestCluster = await openCluster(options);
  if (cluster.local) return down(progress, { purge: true });
  await progress.step('Namespace demo', async () => {
    await cluster.kubectl(['delete', 'namespace', 'demo', '--ignore-not-found', '--wait'], { deadlineMs: 300_000 });
  });
  await progress.step('Navigator', async () => uninstallNavigator(cluster));
}
