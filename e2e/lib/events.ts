import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Namespace } from './objects.ts';

/** Prints the namespace's events as they come, the controller's and the pilots' ones only, until disposed. */
export function followEvents(namespace: Namespace, print: (line: string) => void): Disposable {
  const { cluster } = namespace;
  const context = cluster.context === undefined ? [] : ['--context', cluster.context];
  const columns = '{.type}|{.reason}|{.involvedObject.kind}/{.involvedObject.name}|{.message}{"\\n"}';
  const args = [
    '--kubeconfig',
    cluster.kubeconfigPath,
    ...context,
    '-n',
    namespace.name,
    'get',
    'events',
    '--watch-only',
    '-o',
    `jsonpath=${columns}`,
  ];
  const child: ChildProcess = spawn(cluster.bin('kubectl'), args, { stdio: ['ignore', 'pipe', 'ignore'] });
  if (child.stdout !== null) {
    const lines = createInterface({ input: child.stdout });
    // A repeated event is the same object with a higher count: it is news only once.
    const told = new Set<string>();
    lines.on('line', (line) => {
      if (told.has(line)) return;
      told.add(line);
      const [type = '', reason = '', object = '', message = ''] = line.split('|');
      if (object.startsWith('ElasticsearchCluster/') || object.startsWith('CassandraCluster/') || object.startsWith('Pilot/')) {
        print(`  event ${type.padEnd(7)} ${reason.padEnd(16)} ${message}`);
      }
    });
  }
  return { [Symbol.dispose]: () => void child.kill('SIGTERM') };
}
