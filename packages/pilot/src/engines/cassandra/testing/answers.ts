import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connectJmx } from '../jmx.ts';
import type { Jmx } from '../jmx.ts';
import type { NodeFacts } from '../storage-service.ts';
import { readNodeFacts } from '../storage-service.ts';

export const VERSIONS = ['4.1.10', '5.0.6'] as const;
export type Version = (typeof VERSIONS)[number];

/**
 * States in which real nodes were asked, two of them in a ring: 127.0.0.1, which made it, and 127.0.0.2, which joined and was
 * decommissioned. `peer-…` is what the first saw of the second; booting, starting, normal and drained are the first's own.
 */
export type State =
  | 'booting'
  | 'starting'
  | 'joining'
  | 'normal'
  | 'normal-2'
  | 'peer-joining'
  | 'peer-leaving'
  | 'peer-left'
  | 'decommissioned'
  | 'drained';

/** What Jolokia answered, as text. */
export function answerOf(version: Version, state: State): string {
  return readFileSync(new URL(`answers/${version}/${state}.json`, import.meta.url), 'utf8');
}

export async function factsOf(version: Version, state: State): Promise<NodeFacts> {
  await using agent = await startAgent(() => answerOf(version, state));
  return await readNodeFacts(agent.jmx, AbortSignal.timeout(5000));
}

export interface FakeAgent extends AsyncDisposable {
  readonly jmx: Jmx;
  /** Bodies of the requests so far. */
  readonly asked: readonly string[];
}

/** An HTTP server in the place of Jolokia. `answer` gets a request's body; null leaves it without an answer. */
export async function startAgent(answer: (body: string) => string | null): Promise<FakeAgent> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      asked.push(body);
      const text = answer(body);
      if (text !== null) response.end(text);
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const { port } = server.address() as AddressInfo;
  return {
    jmx: connectJmx(port),
    asked,
    async [Symbol.asyncDispose](): Promise<void> {
      server.closeAllConnections();
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      await closed.promise;
    },
  };
}
