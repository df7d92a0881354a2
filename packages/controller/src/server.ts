import type { BackgroundService, Readiness } from '@navigator/kube';
import { fastify, type FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import { clusterKey } from './cluster-key.ts';
import type { PlanBook } from './plan-book.ts';

/** What the server shows. */
export interface ServerOptions {
  readonly port: number;
  /** Default: every address, since the kubelet probes the pod's. */
  readonly host?: string;
  readonly registry: Registry;
  readonly plans: PlanBook;
  readonly readiness: () => Readiness & { readonly leading: boolean };
}

/** A service that also tells where it listens, for `--http-port 0`. */
export interface HttpService extends BackgroundService {
  readonly address: () => string | undefined;
}

/** `/metrics`, `/livez`, `/readyz` and `/debug/plan/<kind>/<namespace>/<name>`. Reads only; holds no secrets. */
export function httpServer(options: ServerOptions): HttpService {
  const server = fastify({ logger: false, forceCloseConnections: true, requestTimeout: 10_000 });
  addRoutes(server, options);
  return {
    name: 'http',
    start: async () => {
      await listen(server, options);
    },
    stop: async () => {
      await server.close();
    },
    address: () => addressOf(server),
  };
}

/** `::` takes IPv4 too; on a machine without IPv6 there is only IPv4. */
async function listen(server: FastifyInstance, { port, host }: ServerOptions): Promise<void> {
  try {
    await server.listen({ port, host: host ?? '::' });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (host !== undefined || (code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL')) throw error;
    await server.listen({ port, host: '0.0.0.0' });
  }
}

interface PlanParams {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

function addRoutes(server: FastifyInstance, { registry, plans, readiness }: ServerOptions): void {
  server.get('/livez', () => 'ok\n');
  server.get('/readyz', (_request, reply) => {
    const state = readiness();
    return reply.code(state.ready ? 200 : 503).send(state);
  });
  server.get('/metrics', async (_request, reply) => {
    const text = await registry.metrics();
    return reply.type(registry.contentType).send(text);
  });
  server.get<{ Params: PlanParams }>('/debug/plan/:kind/:namespace/:name', (request, reply) => {
    const entry = plans.get(clusterKey(request.params));
    return entry ?? reply.code(404).send({ message: 'no pass over this cluster yet (only the leader makes passes)' });
  });
}

function addressOf(server: FastifyInstance): string | undefined {
  const [address] = server.addresses();
  if (address === undefined || typeof address === 'string') return undefined;
  return `http://${address.family === 'IPv6' ? '[::1]' : '127.0.0.1'}:${address.port}`;
}
