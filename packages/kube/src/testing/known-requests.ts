import { type RequestInfo, requestInfo } from '../request-info.ts';

const known = new Map<string, RequestInfo>();

/** As {@link requestInfo}, which reads the same few hundred paths over and over. */
export function knownRequest(method: string, path: string, watch: boolean): RequestInfo {
  const key = `${watch ? 'WATCH' : method} ${path}`;
  const info = known.get(key) ?? requestInfo(method, path, watch);
  known.set(key, info);
  return info;
}
