import { readFile } from 'node:fs/promises';
import { fixedCredentials, HttpTransport, Namespaces, type Transport } from '@navigator/kube';
import { type ApiServer, type ApiServerOptions, startApiServer } from '../../api-types/test/api-server.ts';
import { installCrds } from '../../api-types/test/install-crds.ts';
import { type Surroundings, surroundings } from './harness.ts';

/** A real kube-apiserver with the CRDs, and connections to it. */
export interface RealApi extends AsyncDisposable {
  readonly server: ApiServer;
  /** A connection of its own, with counters of its own. */
  connect(): Transport;
  /** A namespace with an administrator and a world in it. */
  namespace(name: string, signal: AbortSignal): Promise<Surroundings>;
}

/** Starts one. There are no nodes and no controllers; the world plays them. */
export async function startRealApi(options: ApiServerOptions = {}): Promise<RealApi> {
  const server = await startApiServer(options);
  try {
    await installCrds(server);
    const { port, token, certificate } = server.address;
    const ca = await readFile(certificate, 'utf8');
    const credentials = fixedCredentials({
      headers: { authorization: `Bearer ${token}` },
      tls: { ca, servername: 'kubernetes' },
    });
    const connect = (): Transport => new HttpTransport({ server: `https://127.0.0.1:${port}`, credentials });
    return {
      server,
      connect,
      namespace: async (name, signal) => {
        const around = surroundings(connect(), name, signal);
        await around.client.create(Namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, signal);
        return around;
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}
