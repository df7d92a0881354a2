import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export interface ProbeServer extends AsyncDisposable {
  readonly port: number;
}

/**
 * Serves the probes and metrics on all interfaces (the kubelet asks by the pod's address). Read-only: no path changes
 * anything.
 */
export async function startServer(port: number, routes: Readonly<Record<string, () => Answer>>): Promise<ProbeServer> {
  const server = createServer((request, response) => respond(routes, request, response));
  server.requestTimeout = 5000;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, () => resolve());
  await promise;
  return {
    port: addressOf(server.address()),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      await closed.promise;
    },
  };
}

function respond(routes: Readonly<Record<string, () => Answer>>, request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  const { status, body } = request.method === 'GET' && route !== undefined ? route() : { status: 404, body: 'not found\n' };
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(body);
}

function addressOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}
