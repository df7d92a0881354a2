import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type AnyObject, type Namespace, objectSchema } from './objects.ts';

/** Gives every line of `kubectl get …` in this namespace, until disposed; with `--watch` it goes on as things happen. */
export function followLines({ cluster, name }: Namespace, get: readonly string[], onLine: (line: string) => void): Disposable {
  const context = cluster.context === undefined ? [] : ['--context', cluster.context];
  const args = ['--kubeconfig', cluster.kubeconfigPath, ...context, '-n', name, 'get', ...get];
  const child = spawn(cluster.bin('kubectl'), args, { stdio: ['ignore', 'pipe', 'ignore'] });
  createInterface({ input: child.stdout }).on('line', onLine);
  return { [Symbol.dispose]: () => void child.kill('SIGTERM') };
}

/** Gives every object that `kubectl get … --watch` tells of in this namespace, until disposed. */
export function followObjects(namespace: Namespace, get: readonly string[], onObject: (object: AnyObject) => void): Disposable {
  let lines: string[] = [];
  return followLines(namespace, [...get, '--watch', '-o', 'json'], (line) => {
    lines.push(line);
    // kubectl indents all lines of an object but its first and its last.
    if (line !== '}') return;
    onObject(objectSchema.parse(JSON.parse(lines.join('\n'))));
    lines = [];
  });
}
