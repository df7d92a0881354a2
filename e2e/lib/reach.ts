import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Namespace } from './objects.ts';

/** An address at which a Service answers from here. */
export interface Reach extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
}

/** The local cluster's Services are reachable from the host; with any other cluster a port is forwarded by kubectl. */
export async function reach(namespace: Namespace, service: string, port: number): Promise<Reach> {
  if (namespace.cluster.local) {
    const found = await namespace.get('service', service);
    const { clusterIP } = z.looseObject({ clusterIP: z.string() }).parse(found.spec);
    return { host: clusterIP, port, [Symbol.asyncDispose]: async () => undefined };
  }
  return forward(namespace, service, port);
}

async function forward(namespace: Namespace, service: string, port: number): Promise<Reach> {
  const { cluster } = namespace;
  const context = cluster.context === undefined ? [] : ['--context', cluster.context];
  const args = [
    '--kubeconfig',
    cluster.kubeconfigPath,
    ...context,
    '-n',
    namespace.name,
    'port-forward',
    `service/${service}`,
    `:${port}`,
  ];
  const child = spawn(cluster.bin('kubectl'), args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const [line] = await once(lines, 'line', { signal: AbortSignal.timeout(20_000) });
  const local = /127\.0\.0\.1:(\d+)/.exec(String(line))?.[1];
  if (local === undefined) throw new Error(`kubectl port-forward said "${String(line)}"`);
  return {
    host: '127.0.0.1',
    port: Number(local),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
    },
  };
}
