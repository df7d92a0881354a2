import { join } from 'node:path';
import { fileCredentials } from './credentials.ts';
import { HttpTransport } from './http-transport.ts';
import type { Transport } from './transport.ts';

/** Where the kubelet puts a pod's token, CA and namespace. */
export const SERVICE_ACCOUNT_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Options of {@link inClusterTransport}; everything has the value that Kubernetes gives to pods. */
export interface InClusterOptions {
  readonly host?: string;
  readonly port?: string;
  readonly directory?: string;
  readonly userAgent?: string;
}

/**
 * The transport of a process in a pod. Needs no DNS (KUBERNETES_SERVICE_HOST is an address), and follows the token and the
 * CA when the kubelet rotates them. Throws a TypeError outside of a pod.
 */
export function inClusterTransport(options: InClusterOptions = {}): Transport {
  const host = options.host ?? process.env['KUBERNETES_SERVICE_HOST'];
  const port = options.port ?? process.env['KUBERNETES_SERVICE_PORT'] ?? '443';
  if (!host) throw new TypeError('KUBERNETES_SERVICE_HOST is not set: this process does not run in a pod');
  const directory = options.directory ?? SERVICE_ACCOUNT_DIRECTORY;
  return new HttpTransport({
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    credentials: fileCredentials({ token: join(directory, 'token'), ca: join(directory, 'ca.crt') }),
    ...(options.userAgent === undefined ? {} : { userAgent: options.userAgent }),
  });
}
