// The informer over real sockets that break after any byte, or go silent.
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ConfigMap, ConfigMaps } from './builtin-resources.ts';
import { KubeClient } from './client.ts';
import { type Clock, systemClock } from './clock.ts';
import { fixedCredentials } from './credentials.ts';
import { HttpTransport } from './http-transport.ts';
import { Informer } from './informer.ts';
import { FakeApiServer } from './testing/fake-apiserver.ts';
import { HttpFront } from './testing/http-front.ts';

const FASTER = 200;
/** Time that runs faster, so that backoffs and silences do not make the test slow. */
const fastClock: Clock = {
  now: () => systemClock.now() * FASTER,
  monotonic: () => systemClock.monotonic() * FASTER,
  setTimeout: (task, ms) => systemClock.setTimeout(task, ms / FASTER),
};

/** Forwards bytes; a connection ends, or falls silent, after as many bytes to the client as `limit` says. */
class BadNetwork {
  limit: () => { bytes: number; end: 'cut' | 'silence' } | undefined = () => undefined;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(port: number) {
    this.#server = createServer((near) => this.#join(near, connect(port, '127.0.0.1')));
  }

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(near: Socket, far: Socket): void {
    const limit = this.limit();
    let left = limit?.bytes ?? Number.POSITIVE_INFINITY;
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
    }
    near.pipe(far);
    far.on('data', (chunk: Buffer) => {
      if (left > 0) near.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0 && limit?.end === 'cut') near.destroy();
    });
    far.once('close', () => near.destroy());
    near.once('close', () => far.destroy());
  }
}

const api = new FakeApiServer();
const stop = new AbortController();
let front: HttpFront;
let network: BadNetwork;
let transport: HttpTransport;

beforeEach(async () => {
  front = new HttpFront(api);
  network = new BadNetwork(Number(new URL(await front.start()).port));
  transport = new HttpTransport({ server: await network.start(), credentials: fixedCredentials(), clock: fastClock });
});

afterEach(async () => {
  stop.abort();
  await transport.close();
  network.stop();
  await front.stop();
});

function contents(objects: readonly ConfigMap[]): string[] {
  return objects.map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).toSorted();
}

test('connections that end or fall silent after any byte: in the end the store equals the server', async () => {
  let seed = 12345;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % below;
  };
  let bad = 0;
  network.limit = () => {
    bad += 1;
    return { bytes: 1 + random(3000), end: random(10) === 0 ? 'silence' : 'cut' };
  };
  const client = new KubeClient(transport, { fieldManager: 'test', clock: fastClock, timeoutMs: 30_000 });
  const informer = new Informer({ client, resource: ConfigMaps, clock: fastClock });
  void informer.start(stop.signal);
  for (let round = 0; bad < 40; round += 1) {
    const name = `n${random(8)}`;
    const ref = { namespace: 'x', name };
    if (!api.get(ConfigMaps, ref))
      api.seed(ConfigMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: ref, data: { a: 'ä'.repeat(random(200)) } });
    else if (random(4) === 0) api.remove(ConfigMaps, ref);
    else api.edit(ConfigMaps, ref, (draft) => (draft.data = { a: String(round) }));
    if (random(40) === 0) api.store.compact();
    await new Promise((resolve) => setImmediate(resolve));
    if (round % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  network.limit = () => undefined;
  await expect.poll(() => contents(informer.lister.list()), { timeout: 8000 }).toEqual(contents(api.list(ConfigMaps)));
}, 20_000);
