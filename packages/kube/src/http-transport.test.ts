import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type * as http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigMaps } from './builtin-resources.ts';
import { KubeClient } from './client.ts';
import { fileCredentials, fixedCredentials } from './credentials.ts';
import { isNotFound, KubeError } from './errors.ts';
import { guardWrites } from './guard-writes.ts';
import { HttpTransport } from './http-transport.ts';
import { FakeApiServer } from './testing/fake-apiserver.ts';
import { HttpFront } from './testing/http-front.ts';

const api = new FakeApiServer();
let front: HttpFront;
let server: string;
let transport: HttpTransport;
const alive = new AbortController().signal;

beforeEach(async () => {
  front = new HttpFront(api);
  server = await front.start();
  transport = new HttpTransport({ server, credentials: fixedCredentials() });
});

afterEach(async () => {
  await transport.close();
  await front.stop();
});

function client(): KubeClient {
  return new KubeClient(transport, { fieldManager: 'test', timeoutMs: 5000 });
}

test('two hundred calls use at most two connections', async () => {
  for (let call = 0; call < 200; call += 1) await client().list(ConfigMaps, {}, alive);
  expect(front.connections).toBeLessThanOrEqual(2);
  expect(transport.requests.total(({ verb, resource }) => verb === 'list' && resource === 'configmaps')).toBe(200);
});

test('a connection that the server closed meanwhile is not an error', async () => {
  await client().list(ConfigMaps, {}, alive);
  front.intercept = (request) => {
    // The server closes the kept connection exactly when the next call arrives on it.
    front.intercept = undefined;
    request.socket.destroy();
    return true;
  };
  await expect(client().list(ConfigMaps, {}, alive)).resolves.toMatchObject({ items: [] });
});

test('a rotated token is used from the next call on, and a 401 is tried once more', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'navigator-token-'));
  const token = join(directory, 'token');
  writeFileSync(token, 'first\n');
  const seen: (string | undefined)[] = [];
  front.intercept = (request: http.IncomingMessage, response: http.ServerResponse) => {
    seen.push(request.headers.authorization);
    if (seen.length !== 3) return false;
    response.writeHead(401).end('{}');
    return true;
  };
  transport = new HttpTransport({ server, credentials: fileCredentials({ token }) });
  await client().list(ConfigMaps, {}, alive);
  writeFileSync(token, 'second-token');
  await client().list(ConfigMaps, {}, alive);
  await client().list(ConfigMaps, {}, alive);
  rmSync(directory, { recursive: true });
  expect(seen).toEqual(['Bearer first', 'Bearer second-token', 'Bearer second-token', 'Bearer second-token']);
});

test('429 with Retry-After is waited for and then repeated', async () => {
  let refused = 0;
  front.intercept = (_request, response) => {
    if (refused > 0) return false;
    refused += 1;
    response.writeHead(429, { 'retry-after': '1' }).end('{"kind":"Status","reason":"TooManyRequests"}');
    return true;
  };
  const startedAt = performance.now();
  await client().list(ConfigMaps, {}, alive);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(990);
  expect(refused).toBe(1);
});

test('a server that does not answer is given up at the deadline', async () => {
  front.intercept = () => true;
  const slow = new KubeClient(transport, { fieldManager: 'test', timeoutMs: 50 });
  await expect(slow.list(ConfigMaps, {}, alive)).rejects.toMatchObject({ code: 'KUBE_TIMEOUT', retryable: true });
});

test('an aborted call says so, and one to nobody is unreachable', async () => {
  front.intercept = () => true;
  await expect(client().list(ConfigMaps, {}, AbortSignal.timeout(20))).rejects.toMatchObject({ code: 'KUBE_ABORTED' });
  await front.stop();
  await expect(client().list(ConfigMaps, {}, alive)).rejects.toMatchObject({ code: 'KUBE_UNREACHABLE', retryable: true });
  front = new HttpFront(api);
  await front.start();
});

test('a watch delivers events as they come; when the connection is cut it throws', async () => {
  const lines = await client().watch(ConfigMaps, { resourceVersion: String(api.store.revision), timeoutSeconds: 60 }, alive);
  const events = lines[Symbol.asyncIterator]();
  api.seed(ConfigMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'x' } });
  await expect(events.next()).resolves.toMatchObject({ value: { type: 'ADDED', object: { metadata: { name: 'a' } } } });
  const next = events.next();
  front.cut();
  await expect(next).rejects.toMatchObject({ code: 'KUBE_UNREACHABLE' });
});

test('half a line at the end of a watch is dropped', async () => {
  front.intercept = (_request, response) => {
    response.writeHead(200);
    response.end('{"type":"ADDED","object":{"metadata":{"name":"whole"}}}\n{"type":"ADDED","obj');
    return true;
  };
  const lines = await client().watch(ConfigMaps, { resourceVersion: '1', timeoutSeconds: 60 }, alive);
  const names: unknown[] = [];
  for await (const line of lines) names.push((line as { object: { metadata: { name: string } } }).object.metadata.name);
  expect(names).toEqual(['whole']);
});

test('aborting a watch closes its connection', async () => {
  const stop = new AbortController();
  const { promise, resolve } = Promise.withResolvers<http.IncomingMessage>();
  front.intercept = (request) => {
    resolve(request);
    return false;
  };
  const lines = await client().watch(
    ConfigMaps,
    { resourceVersion: String(api.store.revision), timeoutSeconds: 60 },
    stop.signal,
  );
  const next = lines[Symbol.asyncIterator]().next();
  const { socket } = await promise;
  const closed = once(socket, 'close');
  stop.abort();
  await expect(next).rejects.toMatchObject({ code: 'KUBE_ABORTED' });
  await closed;
});

test('errors tell AlreadyExists, Conflict, NotFound and Invalid apart', async () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'twice', namespace: 'x' } };
  const made = await client().create(ConfigMaps, object, alive);
  await expect(client().create(ConfigMaps, object, alive)).rejects.toMatchObject({ code: 'KUBE_ALREADY_EXISTS', status: 409 });
  await expect(client().delete(ConfigMaps, made.metadata, { uid: 'other' }, alive)).rejects.toMatchObject({
    code: 'KUBE_CONFLICT',
  });
  await client().delete(ConfigMaps, made.metadata, { uid: made.metadata.uid ?? '' }, alive);
  const error = await client()
    .get(ConfigMaps, made.metadata, alive)
    .catch((caught: unknown) => caught);
  expect(isNotFound(error)).toBe(true);
  expect(error instanceof KubeError && error.reason).toBe('NotFound');
});

test('a field that no model knows survives a round trip', async () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'odd', namespace: 'x' }, brandNew: { field: [1] } };
  await client().apply(ConfigMaps, object, alive);
  const read = await client().get(ConfigMaps, { namespace: 'x', name: 'odd' }, alive);
  expect(read['brandNew']).toEqual({ field: [1] });
  const { items } = await client().list(ConfigMaps, { fieldSelector: 'metadata.name=odd' }, alive);
  expect(items[0]).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', brandNew: { field: [1] } });
});

test('a write is not sent when its permission ends while the connection is being opened', async () => {
  const seen: (string | undefined)[] = [];
  front.intercept = ({ method }) => {
    seen.push(method);
    return false;
  };
  let asked = 0;
  const guarded = new KubeClient(
    guardWrites(transport, () => ++asked === 1),
    { fieldManager: 'test', timeoutMs: 5000 },
  );
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'x', name: 'permit' } };
  await expect(guarded.create(ConfigMaps, map, alive)).rejects.toMatchObject({ code: 'KUBE_ABORTED' });
  await guarded.list(ConfigMaps, {}, alive);
  await expect(guarded.create(ConfigMaps, map, alive)).rejects.toMatchObject({ code: 'KUBE_ABORTED' });
  expect(seen).toEqual(['GET']);
});

test('a write with permission is sent, on a new connection and on a kept one', async () => {
  const guarded = new KubeClient(
    guardWrites(transport, () => true),
    { fieldManager: 'test', timeoutMs: 5000 },
  );
  for (const name of ['first', 'second']) {
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'permitted', name } };
    await expect(guarded.create(ConfigMaps, map, alive)).resolves.toMatchObject({ metadata: { name } });
  }
  expect(front.connections).toBe(1);
});
