import { followLines } from './follow.ts';
import type { Namespace } from './objects.ts';

/** Prints the namespace's events as they come, the controller's and the pilots' ones only, until disposed. */
export function followEvents(namespace: Namespace, print: (line: string) => void): Disposable {
  const columns = '{.type}|{.reason}|{.involvedObject.kind}/{.involvedObject.name}|{.message}{"\\n"}';
  // A repeated event is the same object with a higher count: it is news only once.
  const told = new Set<string>();
  return followLines(namespace, ['events', '--watch-only', '-o', `jsonpath=${columns}`], (line) => {
    if (told.has(line)) return;
    told.add(line);
    const [type = '', reason = '', object = '', message = ''] = line.split('|');
    if (object.startsWith('ElasticsearchCluster/') || object.startsWith('CassandraCluster/') || object.startsWith('Pilot/')) {
      print(`  event ${type.padEnd(7)} ${reason.padEnd(16)} ${message}`);
    }
  });
}
