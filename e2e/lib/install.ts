import { fileURLToPath } from 'node:url';
import { ensureNavigatorImages, type Progress, type TestCluster } from '../cluster/index.ts';
import { run } from '../cluster/run.ts';

const chart = fileURLToPath(new URL('../../deploy/chart/navigator', import.meta.url));

/** Namespace that the controller is installed in. */
export const SYSTEM_NAMESPACE = 'navigator-system';

/** Images of Navigator to install: those built here, or, for a cluster that is not ours, what the environment names. */
export function navigatorImages(
  cluster: TestCluster,
  env: NodeJS.ProcessEnv = process.env,
): { controller: string; pilot: string } {
  const controller = env['NAVIGATOR_CONTROLLER_IMAGE'];
  const pilot = env['NAVIGATOR_PILOT_IMAGE'];
  if (controller !== undefined && pilot !== undefined) return { controller, pilot };
  if (cluster.local) return { controller: 'localhost/navigator-controller:dev', pilot: 'localhost/navigator-pilot:dev' };
  throw new Error(
    'This cluster is not the local one, so it cannot see images built here: push them and name them in NAVIGATOR_CONTROLLER_IMAGE and NAVIGATOR_PILOT_IMAGE',
  );
}

/** Installs or upgrades Navigator from its Helm chart and waits until the controller is ready. May be repeated. */
export async function installNavigator(cluster: TestCluster, progress: Progress): Promise<void> {
  const images = navigatorImages(cluster);
  // The tag of an image built here never changes, so the Deployment is told of new content by an annotation.
  const build = cluster.local
    ? (await progress.step('Images of Navigator', async () => ensureNavigatorImages(progress))).controller
    : 'released';
  await progress.step('Navigator by Helm', async () => {
    const context = cluster.context === undefined ? [] : ['--kube-context', cluster.context];
    const values = [
      ...imageValues('controller', images.controller),
      ...imageValues('pilot', images.pilot),
      '--set-string',
      `podAnnotations.build=${build}`,
    ];
    const target = ['--kubeconfig', cluster.kubeconfigPath, ...context, '--namespace', SYSTEM_NAMESPACE, '--create-namespace'];
    const args = [
      'upgrade',
      '--install',
      'navigator',
      chart,
      ...target,
      ...values,
      '--take-ownership',
      '--wait',
      '--timeout',
      '180s',
    ];
    await run(cluster.bin('helm'), args, { deadlineMs: 240_000 });
  });
}

function imageValues(part: string, image: string): string[] {
  const cut = image.lastIndexOf(':');
  return [
    '--set',
    `image.${part}.repository=${image.slice(0, cut)}`,
    '--set-string',
    `image.${part}.tag=${image.slice(cut + 1)}`,
  ];
}

/** Takes Navigator off the cluster. The custom resources and their definitions stay: data hangs on them. */
export async function uninstallNavigator(cluster: TestCluster): Promise<void> {
  const context = cluster.context === undefined ? [] : ['--kube-context', cluster.context];
  const args = ['uninstall', 'navigator', '--ignore-not-found', '--kubeconfig', cluster.kubeconfigPath, ...context];
  await run(cluster.bin('helm'), [...args, '--namespace', SYSTEM_NAMESPACE, '--wait'], { deadlineMs: 120_000 });
}
