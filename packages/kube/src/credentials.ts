import { readFileSync, statSync } from 'node:fs';

/** How to prove who we are, at this moment. */
export interface Credential {
  readonly headers: Readonly<Record<string, string>>;
  /** The same object as long as nothing in it changed: a new one makes the transport open new connections. */
  readonly tls: TlsMaterial;
}

/** What a TLS connection to the API server needs; Node's own names. */
export interface TlsMaterial {
  readonly ca?: string | Buffer | undefined;
  readonly cert?: string | Buffer | undefined;
  readonly key?: string | Buffer | undefined;
  readonly servername?: string | undefined;
  readonly rejectUnauthorized?: boolean | undefined;
}

/** Where credentials come from. They change while we run: the kubelet rotates service account tokens every hour. */
export interface CredentialSource {
  /** Called before each request. */
  current(): Promise<Credential>;
  /** The server answered 401: whatever was remembered is of no use any more. */
  invalidate(): void;
}

/** The same credential for ever; for tests and client certificates. */
export function fixedCredentials(credential: Partial<Credential> = {}): CredentialSource {
  const fixed = { headers: {}, tls: {}, ...credential };
  return { current: async () => fixed, invalidate() {} };
}

/** Bearer token and CA from files, read again when they change. */
export function fileCredentials(files: { readonly token: string; readonly ca?: string | undefined }): CredentialSource {
  const token = new WatchedFile(files.token);
  const ca = files.ca === undefined ? undefined : new WatchedFile(files.ca);
  let tls: TlsMaterial = {};
  return {
    async current() {
      const authority = ca?.read();
      if (authority !== undefined && authority !== tls.ca) tls = { ca: authority };
      return { headers: { authorization: `Bearer ${token.read().trim()}` }, tls };
    },
    invalidate() {
      token.forget();
    },
  };
}

/**
 * A small file that is re-read when its time or inode changes. The kubelet swaps projected volumes by renaming a symbolic
 * link; `stat` follows it. One `stat` a request costs some microseconds, far less than the request.
 */
class WatchedFile {
  readonly #path: string;
  #mark = '';
  #text = '';

  constructor(path: string) {
    this.#path = path;
  }

  read(): string {
    const { mtimeMs, ino, size } = statSync(this.#path);
    const mark = `${mtimeMs} ${ino} ${size}`;
    if (mark !== this.#mark) {
      this.#text = readFileSync(this.#path, 'utf8');
      this.#mark = mark;
    }
    return this.#text;
  }

  forget(): void {
    this.#mark = '';
  }
}
