// An API server that only shows: recorded clusters, many times over. It lists, watches, keeps one Lease and refuses every
// other write, so that a controller over thousands of clusters can be measured on a machine that could not run as many.
// Told {beats: true} over the channel to its parent, every Pilot reports about once a minute.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { setPriority } from 'node:os';
import { Copies } from './copies.ts';
import { fingerprintsOf } from './fingerprints.ts';
import type { Recording } from './record.ts';
import { Replay } from './replay.ts';

const [file = '', count = '0', port = '0', certificate = '', key = ''] = process.argv.slice(2);
setPriority(5);
const recording = JSON.parse(readFileSync(file, 'utf8')) as Recording;
const copies = new Copies(recording, Number(count), fingerprintsOf);
const replay = new Replay(recording, copies);
const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
  replay.answer(request, response);
});
copies.prepare();
server.listen(Number(port), '127.0.0.1', () => process.send?.({ ready: true }));
process.on('message', (message: { readonly beats?: boolean }) => {
  if (message.beats !== undefined) replay.beat(message.beats);
  process.send?.(replay.counts());
});
for (const name of ['SIGTERM', 'disconnect'] as const) process.once(name, () => process.exit(0));
