import { createServer, type Server } from 'node:https';
import { X509Certificate } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { LocalHttp } from './http.ts';
import type { LocalAccess } from './local-tls.ts';
import { ONE, TWO } from './test-certificates.ts';

let server: Server | undefined;
const seen: (string | undefined)[] = [];

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  seen.length = 0;
});

/** Elasticsearch, as far as its door: shows a certificate and lets one login in. */
async function listening(shown: typeof ONE, login: string): Promise<number> {
  const open = createServer({ cert: shown.certificate, key: shown.key }, (request, response) => {
    seen.push(request.headers.authorization);
    response.statusCode = request.headers.authorization === login ? 200 : 401;
    response.end('{"ok":true}');
  });
  server = open;
  const { promise, resolve } = Promise.withResolvers<number>();
  open.listen(0, '127.0.0.1', () => {
    const address = open.address();
    resolve(typeof address === 'object' && address !== null ? address.port : 0);
  });
  return await promise;
}

async function ask(port: number, access: LocalAccess): Promise<unknown> {
  const http = new LocalHttp('127.0.0.1', port, () => access);
  return await http.send({ method: 'GET', path: '/', signal: AbortSignal.timeout(5000) }, z.object({ ok: z.boolean() }));
}

function fingerprintOf({ certificate }: typeof ONE): string {
  return new X509Certificate(certificate).fingerprint256;
}

test('the certificate that the node was given is trusted, whatever name it is for', async () => {
  const port = await listening(TWO, 'Basic right');
  await expect(ask(port, { fingerprints: [fingerprintOf(TWO)], authorizations: ['Basic right'] })).resolves.toEqual({ ok: true });
});

test('another one is not, though of the same authority, and the password is not sent', async () => {
  const port = await listening(TWO, 'Basic right');
  const asked = ask(port, { fingerprints: [fingerprintOf(ONE)], authorizations: ['Basic right'] });
  await expect(asked).rejects.toMatchObject({ code: 'DatabaseAnswer', message: expect.stringContaining('certificate') });
  expect(seen).toEqual([]);
});

test('while Elasticsearch has not read the new certificate and password yet, those of before do', async () => {
  const port = await listening(ONE, 'Basic before');
  const access = { fingerprints: [TWO, ONE].map(fingerprintOf), authorizations: ['Basic new', 'Basic before'] };
  await expect(ask(port, access)).resolves.toEqual({ ok: true });
  expect(seen).toEqual(['Basic new', 'Basic before']);
});

test('a login that is not taken is an answer that is not understood, never a node that does not live', async () => {
  const port = await listening(ONE, 'Basic right');
  const asked = ask(port, { fingerprints: [fingerprintOf(ONE)], authorizations: ['Basic wrong'] });
  await expect(asked).rejects.toMatchObject({ code: 'DatabaseAnswer', message: expect.stringContaining('401') });
});

test('nobody who listens is told as such over TLS too', async () => {
  const port = await listening(ONE, 'Basic right');
  server?.close();
  const asked = ask(port, { fingerprints: [fingerprintOf(ONE)], authorizations: ['Basic right'] });
  await expect(asked).rejects.toMatchObject({ code: 'DatabaseUnreachable' });
});
