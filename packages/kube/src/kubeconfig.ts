import type * as https from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Credential, CredentialSource, TlsMaterial } from './credentials.ts';
import { HttpTransport } from './http-transport.ts';
import type { Transport } from './transport.ts';

/** Options of {@link kubeconfigTransport}. */
export interface KubeconfigOptions {
  /** Default: what kubectl would take (KUBECONFIG, then the file in the home directory). */
  readonly path?: string | undefined;
  /** Default: the file's current context. */
  readonly context?: string | undefined;
  readonly userAgent?: string;
}

/** Exec plugins cache their tokens themselves, but asking client-node reads the CA file each time. */
const REMEMBER_MS = 10_000;

/**
 * A transport for people's machines and tests. client-node reads the file, because it knows every way to log in (exec
 * plugins, OIDC, client certificates); it is loaded only here, since it costs about 90 MB of memory.
 * Throws when the file or the context does not exist.
 */
export async function kubeconfigTransport(options: KubeconfigOptions = {}): Promise<Transport> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  if (options.path === undefined) config.loadFromDefault();
  else config.loadFromFile(options.path);
  if (options.context !== undefined) {
    if (!config.getContextObject(options.context)) throw new TypeError(`the kubeconfig has no context "${options.context}"`);
    config.setCurrentContext(options.context);
  }
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new TypeError('the kubeconfig names no cluster');
  return new HttpTransport({
    server: cluster.server,
    credentials: new KubeconfigCredentials(config),
    ...(options.userAgent === undefined ? {} : { userAgent: options.userAgent }),
  });
}

class KubeconfigCredentials implements CredentialSource {
  readonly #config: KubeConfig;
  #remembered: { credential: Credential; mark: string; atMs: number } | undefined;

  constructor(config: KubeConfig) {
    this.#config = config;
  }

  async current(): Promise<Credential> {
    const before = this.#remembered;
    if (before && performance.now() - before.atMs < REMEMBER_MS) return before.credential;
    const options: https.RequestOptions = {};
    await this.#config.applyToHTTPSOptions(options);
    const { agent: _unused, auth, headers, ...rest } = options;
    const tls = tlsOf(rest);
    const mark = JSON.stringify(Object.entries(tls).map(([name, value]) => [name, String(value)]));
    const credential = {
      headers: { ...textHeaders(headers), ...basic(auth) },
      tls: before?.mark === mark ? before.credential.tls : tls,
    };
    this.#remembered = { credential, mark, atMs: performance.now() };
    return credential;
  }

  invalidate(): void {
    if (this.#remembered) this.#remembered.atMs = Number.NEGATIVE_INFINITY;
  }
}

function tlsOf(options: https.RequestOptions): TlsMaterial {
  return {
    ca: asText(options.ca),
    cert: asText(options.cert),
    key: asText(options.key),
    servername: options.servername,
    // Undefined would mean "do not check" to Node's TLS.
    rejectUnauthorized: options.rejectUnauthorized ?? true,
  };
}

function asText(value: unknown): string | Buffer | undefined {
  return typeof value === 'string' || Buffer.isBuffer(value) ? value : undefined;
}

function textHeaders(headers: https.RequestOptions['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]));
}

function basic(auth: string | null | undefined): Record<string, string> {
  return auth ? { authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {};
}
