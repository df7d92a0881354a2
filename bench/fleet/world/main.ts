// The rest of Kubernetes and the pilots, as a process of its own, so that its CPU is not taken for the controller's.
// Told what to do over the channel to its parent: {pods: true} lets pods come to life, {beats: true} lets pilots report.
import { setPriority } from 'node:os';
import { kubeconfigTransport } from '@navigator/kube/kubeconfig';
import { World } from './world.ts';

async function main(): Promise<void> {
  const [kubeconfig = ''] = process.argv.slice(2);
  // What is measured goes first.
  setPriority(5);
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.once(name, () => stop.abort());
  const transport = await kubeconfigTransport({ path: kubeconfig, context: undefined, userAgent: 'navigator-bench-world' });
  const world = new World(transport);
  process.on('message', (message: { readonly pods?: boolean; readonly beats?: boolean; readonly ask?: true }) => {
    if (message.pods !== undefined) world.play(message.pods);
    if (message.beats !== undefined) world.beat(message.beats);
    if (message.ask !== undefined) process.send?.(world.counts());
  });
  await world.run(stop.signal);
  await transport.close();
  process.exit(0);
}

await main();
