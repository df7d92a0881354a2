import { KubeError } from './errors.ts';
import { isWrite } from './request-info.ts';
import type { Transport } from './transport.ts';

/**
 * A transport that refuses to write while `allowed` says no. A process that was frozen for a minute goes on in the middle of
 * a reconcile, as if it still led; the question at the moment of each write is what stops it.
 */
export function guardWrites(transport: Transport, allowed: () => boolean): Transport {
  return {
    requests: transport.requests,
    async request(request) {
      if (isWrite(request.method) && !allowed()) {
        throw new KubeError('KUBE_ABORTED', `${request.method} ${request.path}: not sent, this process does not lead any more`);
      }
      return await transport.request(request);
    },
    stream: (request) => transport.stream(request),
    close: () => transport.close(),
  };
}
