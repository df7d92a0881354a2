/** What a REST call means, in the words of RBAC and audit logs. */
export interface RequestInfo {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection' | 'other';
  readonly group: string;
  readonly version: string;
  /** Plural name; empty for paths that are no resource (`/healthz`). */
  readonly plural: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

const WRITE_VERBS: Readonly<Record<string, RequestInfo['verb']>> = { POST: 'create', PUT: 'update', PATCH: 'patch' };

/** Reads verb, kind and object out of a method and path, as the API server does it. */
export function requestInfo(method: string, path: string, watch: boolean): RequestInfo {
  const parts = path.split('/').filter(Boolean).map(decodeURIComponent);
  const isCore = parts[0] === 'api';
  if (!isCore && parts[0] !== 'apis') return { verb: 'other', group: '', version: '', plural: '' };
  const group = isCore ? '' : (parts[1] ?? '');
  const version = (isCore ? parts[1] : parts[2]) ?? '';
  const rest = parts.slice(isCore ? 2 : 3);
  // `/namespaces/x` alone is the Namespace object; with more behind it, it is a scope.
  const namespace = rest[0] === 'namespaces' && rest.length > 2 ? rest[1] : undefined;
  const [plural = '', name, subresource] = namespace === undefined ? rest : rest.slice(2);
  return {
    verb: verbOf(method, name !== undefined, watch),
    group,
    version,
    plural,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

function verbOf(method: string, named: boolean, watch: boolean): RequestInfo['verb'] {
  if (method === 'GET') {
    if (watch) return 'watch';
    return named ? 'get' : 'list';
  }
  if (method === 'DELETE') return named ? 'delete' : 'deletecollection';
  return WRITE_VERBS[method] ?? 'other';
}

/** Whether a call changes something on the server. */
export function isWrite(method: string): boolean {
  return method !== 'GET';
}
