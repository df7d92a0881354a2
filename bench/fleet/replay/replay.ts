import type { IncomingMessage, ServerResponse } from 'node:http';
import { HEARTBEAT_INTERVAL_MS } from '@navigator/api-types';
import { type Copies, withBeat } from './copies.ts';
import type { Recording } from './record.ts';

const TICK_MS = 100;
const BOOKMARK_MS = 30_000;
const PILOTS = '/apis/navigator.dev/v1alpha1/pilots';
const FIRST_VERSION = 1_000_000_000;

/** Answers like an API server, from recorded objects. */
export class Replay {
  readonly #recording: Recording;
  readonly #copies: Copies;
  readonly #pages = new Map<string, Iterator<string>>();
  readonly #leases = new Map<string, Record<string, unknown>>();
  readonly #watches = new Map<string, Set<ServerResponse>>();
  #pilots: readonly string[] | undefined;
  #version = FIRST_VERSION;
  #token = 0;
  #refused = 0;
  #beats = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(recording: Recording, copies: Copies) {
    this.#recording = recording;
    this.#copies = copies;
    setInterval(() => this.#bookmark(), BOOKMARK_MS).unref();
  }

  counts(): { readonly pilots: number; readonly beats: number; readonly refused: number } {
    return { pilots: this.#pilots?.length ?? 0, beats: this.#beats, refused: this.#refused };
  }

  /** Whether every Pilot reports about once a minute. */
  beat(on: boolean): void {
    clearInterval(this.#timer);
    if (!on) return;
    this.#pilots ??= [...this.#copies.objects(PILOTS)];
    const pilots = this.#pilots;
    let next = 0;
    const beganAt = performance.now();
    this.#timer = setInterval(() => {
      const due = ((performance.now() - beganAt) * pilots.length) / HEARTBEAT_INTERVAL_MS;
      for (; next < due; next += 1) this.#send(PILOTS, this.#beatOf(pilots[next % pilots.length] ?? ''));
    }, TICK_MS);
  }

  #beatOf(pilot: string): string {
    this.#version += 1;
    this.#beats += 1;
    return `{"type":"MODIFIED","object":${withBeat(pilot, Date.now(), this.#version)}}\n`;
  }

  #send(path: string, line: string): void {
    for (const response of this.#watches.get(path) ?? []) response.write(line);
  }

  #bookmark(): void {
    for (const { path, apiVersion, listKind } of this.#recording.kinds) {
      const kind = listKind.replace(/List$/, '');
      const metadata = { resourceVersion: String(this.#version) };
      this.#send(path, `${JSON.stringify({ type: 'BOOKMARK', object: { apiVersion, kind, metadata } })}\n`);
    }
  }

  /** Answers one request. */
  answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'https://replay');
    if (url.pathname.includes('/leases')) return this.#lease(request, response, url.pathname);
    if (request.method !== 'GET') {
      this.#refused += 1;
      return status(response, 403);
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    if (url.searchParams.get('watch') === '1') return this.#watch(url.pathname, response);
    response.end(this.#page(url));
  }

  #watch(path: string, response: ServerResponse): void {
    const watching = this.#watches.get(path) ?? new Set();
    this.#watches.set(path, watching.add(response));
    response.on('close', () => watching.delete(response));
    response.flushHeaders();
  }

  #page(url: URL): string {
    // A kind that was not recorded has no objects.
    const { apiVersion = 'v1', listKind = 'List' } = this.#recording.kinds.find(({ path }) => path === url.pathname) ?? {};
    const limit = Number(url.searchParams.get('limit') ?? 500);
    const token = url.searchParams.get('continue') ?? '';
    const objects = this.#pages.get(token) ?? this.#copies.objects(url.pathname);
    this.#pages.delete(token);
    const items: string[] = [];
    let next = items.length < limit ? objects.next() : undefined;
    for (; next !== undefined && next.done !== true; next = items.length < limit ? objects.next() : undefined) {
      items.push(url.pathname === PILOTS ? withBeat(next.value, Date.now(), FIRST_VERSION) : next.value);
    }
    this.#token += 1;
    if (next === undefined) this.#pages.set(String(this.#token), objects);
    const metadata = { resourceVersion: String(this.#version), ...(next === undefined ? { continue: String(this.#token) } : {}) };
    return `{"apiVersion":"${apiVersion}","kind":"${listKind}","metadata":${JSON.stringify(metadata)},"items":[${items.join(',')}]}`;
  }

  #lease(request: IncomingMessage, response: ServerResponse, path: string): void {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      const key = path.split('/').at(-1) ?? '';
      if (request.method === 'GET') return this.#leases.has(key) ? reply(response, this.#leases.get(key)) : status(response, 404);
      const body = JSON.parse(text) as { metadata: { name?: string }; spec?: object };
      const name = body.metadata.name ?? key;
      const before = this.#leases.get(name) as { metadata?: object; spec?: object } | undefined;
      this.#version += 1;
      const metadata = { ...before?.metadata, ...body.metadata, name, uid: 'lease', resourceVersion: String(this.#version) };
      const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec: { ...before?.spec, ...body.spec } };
      this.#leases.set(name, lease);
      reply(response, lease);
    });
  }
}

function reply(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function status(response: ServerResponse, code: number): void {
  const body = { apiVersion: 'v1', kind: 'Status', status: 'Failure', code, reason: code === 404 ? 'NotFound' : 'Forbidden' };
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
