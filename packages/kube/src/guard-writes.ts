import { KubeError } from './errors.ts';
import { isWrite } from './request-info.ts';
import type { Transport, TransportRequest } from './transport.ts';

/**
 * A transport that refuses to write while `allowed` says no. A process that was frozen for a minute goes on in the middle of
 * a reconcile, as if it still led; the question at the moment of each write is what stops it. It may be frozen after the
 * question too, while a connection is being opened, so the transport asks again when the bytes go out.
 */
export function guardWrites(transport: Transport, allowed: () => boolean): Transport {
  return {
    requests: transport.requests,
    async request(request) {
      if (!isWrite(request.method)) return await transport.request(request);
      if (!allowed()) throw notPermitted(request);
      return await transport.request({ ...request, permit: allowed });
    },
    stream: (request) => transport.stream(request),
    close: () => transport.close(),
  };
}

/** What a write ends with that must not be sent. */
export function notPermitted({ method, path }: Pick<TransportRequest, 'method' | 'path'>): KubeError {
  return new KubeError('KUBE_ABORTED', `${method} ${path}: not sent, this process does not lead any more`);
}
