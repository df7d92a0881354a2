import { X509Certificate } from 'node:crypto';
import { mkdir, readlink, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PILOT_USER, type PilotSecurity, SECURITY_PATHS } from '@navigator/api-types';
import { messageOf } from '../../errors.ts';
import type { LocalAccess } from './local-tls.ts';
import { readMaterial, type SecurityMaterial } from './security-material.ts';
import { renderUserFiles } from './user-files.ts';

/** Files below the configuration folder, which settings.ts names. */
export const CERTIFICATE_FILES = {
  nodes: { certificate: 'certs/nodes.crt', key: 'certs/nodes.key', authority: 'certs/nodes-ca.crt' },
  http: { certificate: 'certs/http.crt', key: 'certs/http.key' },
} as const;

/** Contents by their places below the configuration folder. */
type Files = Readonly<Record<string, string>>;

/** The kubelet changes a mounted volume as a whole by turning this link (AtomicWriter). */
const DATA_LINK = '..data';
/** Whoever renews certificates by a machine has done it by then: cert-manager does at a third of their life. */
const WARNING_MS = 7 * 86_400_000;

/**
 * Keeps Elasticsearch's certificates, users and roles as the mounted Secrets say. They are copied into the configuration
 * folder, since Elasticsearch reads certificates nowhere else, and watches there for files that change: it takes them within
 * five seconds, without a restart. What is wrong is never copied: users and roles are left out, of all else the files of
 * before stay.
 */
export class SecurityFiles {
  readonly #security: PilotSecurity;
  readonly #root: string;
  #rendered: string | undefined;
  #access: LocalAccess | undefined;
  #problem: string | undefined;
  /** What was taken in last. */
  #material: SecurityMaterial | undefined;

  constructor(security: PilotSecurity, root: string = SECURITY_PATHS.root) {
    this.#security = security;
    this.#root = root;
  }

  /** How the pilot reaches its own node; undefined before the first {@link render}. */
  get access(): LocalAccess | undefined {
    return this.#access;
  }

  /** What is wrong with the Secrets that are mounted, or will be soon: a certificate of the user's is his to renew. */
  problemAt(now: number): string | undefined {
    if (this.#problem !== undefined) return this.#problem;
    const { httpSecret } = this.#security;
    if (httpSecret === undefined || this.#material === undefined) return undefined;
    const endsAt = new X509Certificate(this.#material.http.certificate).validToDate.getTime();
    if (endsAt - now > WARNING_MS) return undefined;
    const ends = new Date(endsAt).toISOString().slice(0, 10);
    return `Secret "${httpSecret}": the certificate ${endsAt > now ? 'ends' : 'has ended'} on ${ends}; renew it`;
  }

  /** @throws PilotError `SecretInvalid`. */
  async check(): Promise<void> {
    await readMaterial(this.#root, this.#security);
  }

  /**
   * Has all files written, by their places below the configuration folder. What could not be written is not held for taken in.
   * @throws PilotError `SecretInvalid`, or what `write` throws.
   */
  async render(write: (files: Files) => Promise<void>): Promise<void> {
    const link = await this.#link();
    const material = await readMaterial(this.#root, this.#security, this.#material);
    const files = { ...certificateFiles(material), ...(await renderUserFiles(material.realm)) };
    // Before the files are there, since it is added to what opens the door now.
    this.#access = accessOf(material, this.#access);
    await write(files);
    this.#material = material;
    this.#rendered = link;
    this.#problem = material.problems.length === 0 ? undefined : material.problems.join('; ');
  }

  /** Takes in what the kubelet has changed. One link is read when nothing has. */
  async refresh(config: string, scratch: string): Promise<void> {
    if ((await this.#link()) === this.#rendered) return;
    try {
      await this.render(async (files) => await replaceFiles(files, { config, scratch }));
    } catch (error) {
      this.#problem = `${messageOf(error)}; what was there before stays in use`;
    }
  }

  async #link(): Promise<string> {
    return await readlink(join(this.#root, DATA_LINK)).catch(() => '');
  }
}

/** Keys before certificates: should Elasticsearch look between two, it finds the pair whole five seconds later. */
function certificateFiles({ nodes, http }: SecurityMaterial): Record<string, string> {
  const { nodes: n, http: h } = CERTIFICATE_FILES;
  return {
    [n.key]: nodes.key,
    [n.certificate]: nodes.certificate,
    [n.authority]: nodes.authority,
    [h.key]: http.key,
    [h.certificate]: http.certificate,
  };
}

/** Elasticsearch takes new files seconds later, so what it had before is good as well. */
function accessOf({ http, realm }: SecurityMaterial, before: LocalAccess | undefined): LocalAccess {
  const fingerprint = new X509Certificate(http.certificate).fingerprint256;
  const authorization = `Basic ${Buffer.from(`${PILOT_USER}:${realm.pilotPassword}`).toString('base64')}`;
  return {
    fingerprints: newestTwo(fingerprint, before?.fingerprints),
    authorizations: newestTwo(authorization, before?.authorizations),
  };
}

function newestTwo(newest: string, before: readonly string[] = []): readonly string[] {
  return [newest, ...before.filter((value) => value !== newest)].slice(0, 2);
}

/** Each under its name at once and whole: Elasticsearch may read it at any moment. Not made beside it: it watches the folder. */
async function replaceFiles(files: Files, { config, scratch }: { config: string; scratch: string }): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const temporary = join(scratch, name.replaceAll('/', '-'));
    await writeFile(temporary, content, { mode: 0o600 });
    await rename(temporary, join(config, name));
  }
}

/** Writes rendered files into a new configuration folder. */
export async function writeSecurityFiles(config: string, files: Files): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(config, name)), { recursive: true });
    await writeFile(join(config, name), content, { mode: 0o600 });
  }
}
