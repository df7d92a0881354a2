import * as http from 'node:http';
import type { Socket } from 'node:net';
import { systemClock } from '../clock.ts';
import type { FakeApiServer } from './fake-apiserver.ts';
import { openFakeWatch } from './fake-watch.ts';

/** A {@link FakeApiServer} behind a real socket on loopback, for tests of the HTTP transport. */
export class HttpFront {
  /** How many connections were opened so far. */
  connections = 0;
  /** Called first; true means that it answered the call itself. */
  intercept: ((request: http.IncomingMessage, response: http.ServerResponse) => boolean) | undefined;
  readonly #api: FakeApiServer;
  readonly #server: http.Server;
  readonly #sockets = new Set<Socket>();

  constructor(api: FakeApiServer) {
    this.#api = api;
    this.#server = http.createServer((request, response) => void this.#answer(request, response));
    this.#server.on('connection', (socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** Starts to listen and returns the URL. */
  async start(): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.listen(0, '127.0.0.1', resolve);
    await promise;
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no address');
    return `http://127.0.0.1:${address.port}`;
  }

  /** Cuts all connections in the middle of whatever they do. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.cut();
    await promise;
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    if (this.intercept?.(request, response)) return;
    const url = new URL(request.url ?? '/', 'http://fake');
    const query = Object.fromEntries(url.searchParams);
    let text = '';
    for await (const chunk of request) text += String(chunk);
    response.setHeader('content-type', 'application/json');
    if (query['watch'] !== undefined) return await this.#watch(url.pathname, query, response);
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    const answer = this.#api.handle({
      method: request.method ?? 'GET',
      path: url.pathname,
      query,
      body,
      contentType: request.headers['content-type'],
    });
    response.writeHead(answer.status, answer.headers);
    response.end(JSON.stringify(answer.body));
  }

  async #watch(path: string, query: Record<string, string>, response: http.ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    response.writeHead(200);
    response.flushHeaders();
    const events = openFakeWatch({
      store: this.#api.store,
      clock: systemClock,
      request: { path, query },
      signal: gone.signal,
      broken: new AbortController().signal,
      onEvent: (event) => [event],
    });
    try {
      for await (const event of events) response.write(`${JSON.stringify(event)}\n`);
      response.end();
    } catch {
      response.destroy();
    }
  }
}
