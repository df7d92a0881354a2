import { ANNOTATIONS, CERTIFICATE_KEYS, LABELS, USER_KEYS } from '@navigator/api-types';
import { controllerOf, type Expectations, isNotFound, type KubeClient, KubeError, type Secret, Secrets } from '@navigator/kube';
import { asProblem, foreignProblem, isBehind, type ObjectProblem } from '../object-problem.ts';
import type { Issued } from './certificate.ts';
import {
  type Content,
  encoded,
  pairOf,
  passwordOf,
  textOf,
  type Texts,
  TLS,
  trustOf,
  unusable,
  UnusableError,
  versionOf,
} from './content.ts';
import type { Forge } from './forge.ts';
import { bindingHash, fingerprint, namesHash } from './plan-secrets.ts';
import { stillTrusted } from './trust.ts';
import type { SecretsOrder, SecretTask, SeenSecret } from './wanted.ts';

/** What Secrets are made with. */
export interface SecretTools {
  readonly client: KubeClient;
  readonly expectations: Pick<Expectations, 'expect'>;
  readonly forge: Forge;
}

interface Work {
  /** Key of the workqueue on whose behalf this is. */
  readonly key: string;
  readonly tools: SecretTools;
  readonly signal: AbortSignal;
  /** Takes the names of what was written. */
  readonly written: string[];
}

/** What became of the tasks. `stale`: something was there already, or had changed; the next pass sees it. */
export type SecretsOutcome = 'done' | 'stale' | SecretsFailure;

interface SecretsFailure {
  readonly problems: readonly ObjectProblem[];
  /** Whether there is a Secret among them that pods mount and that does not exist: a pod would wait for it. */
  readonly holdsPods: boolean;
}

/** What became of one task. */
type TaskOutcome = 'done' | 'stale' | 'unchanged' | ObjectProblem;

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3650;
const CERTIFICATE_DAYS = 365;

/**
 * Makes and changes Secrets, one after the other: an authority is written before what it signs, so a crash between leaves
 * nothing that does not fit together. What exists is never overwritten by what is missing: creation only creates, and a
 * change names the state that it was decided from. A problem with one Secret does not keep those from being made that do not
 * stand on it.
 * @throws KubeError where the server gave no answer.
 */
export async function makeSecrets(order: SecretsOrder, work: Work): Promise<SecretsOutcome> {
  const maker = new SecretMaker(order, work);
  const problems: ObjectProblem[] = [];
  const missing = new Set<string>();
  for (const task of order.tasks) {
    work.signal.throwIfAborted();
    const { name } = task.wanted;
    const isBlocked = sourcesOf(task).some((source) => missing.has(source));
    const outcome = isBlocked ? 'blocked' : await maker.perform(task);
    if (outcome === 'stale') return outcome;
    if (outcome === 'done') work.written.push(`Secret "${name}"`);
    if (typeof outcome === 'object') problems.push(task.make === 'binding' ? { ...outcome, ofClients: true } : outcome);
    if ((isBlocked || typeof outcome === 'object') && seenOf(task) === undefined) missing.add(name);
  }
  if (problems.length === 0) return 'done';
  const holdsPods = order.tasks.some(({ make, wanted }) => MOUNTED.has(make) && missing.has(wanted.name));
  return { problems, holdsPods };
}

/** Kinds of Secrets that no pod starts without. */
const MOUNTED: ReadonlySet<SecretTask['make']> = new Set(['user', 'certificate']);

/** Names of the Secrets that a task reads and cannot do without. */
function sourcesOf(task: SecretTask): readonly string[] {
  if (task.make === 'binding') return [task.wanted.user, task.certificate];
  return 'authority' in task ? [task.authority] : [];
}

function seenOf(task: SecretTask): SeenSecret | undefined {
  return 'seen' in task ? task.seen : undefined;
}

type BindingTask = Extract<SecretTask, { make: 'binding' }>;

/** An annotation that shall not be there. */
const NONE = '';

class SecretMaker {
  readonly #order: SecretsOrder;
  readonly #key: string;
  readonly #tools: SecretTools;
  readonly #signal: AbortSignal;
  /** What this pass has read or written. */
  readonly #held = new Map<string, Secret>();

  constructor(order: SecretsOrder, { key, tools, signal }: Work) {
    this.#order = order;
    this.#key = key;
    this.#tools = tools;
    this.#signal = signal;
  }

  async perform(task: SecretTask): Promise<TaskOutcome> {
    const { name } = task.wanted;
    const seen = seenOf(task);
    try {
      const content = await this.#contentOf(task);
      if (content.isSame === true) return 'unchanged';
      return seen === undefined ? await this.#create(name, content) : await this.#change(name, content, seen);
    } catch (error) {
      this.#signal.throwIfAborted();
      if (error instanceof UnusableError) return { reason: 'SecretInvalid', message: error.message, error };
      // Somebody changed or deleted what this stands on.
      if (isBehind(error)) return 'stale';
      // A quota, or a Secret that the user has made immutable.
      return asProblem(`Secret "${name}"`, error);
    }
  }

  async #contentOf(task: SecretTask): Promise<Content> {
    switch (task.make) {
      case 'user':
        return this.#user(task.wanted.username);
      case 'authority':
        return this.#authority(task.wanted.commonName);
      case 'trust':
        return await this.#trust(task);
      case 'certificate':
        return await this.#certificate(task);
      case 'binding':
        return await this.#binding(task);
      default:
        return task satisfies never;
    }
  }

  #user(username: string): Content {
    const data = { [USER_KEYS.username]: username, [USER_KEYS.password]: this.#tools.forge.password() };
    return { type: 'kubernetes.io/basic-auth', data, annotations: {} };
  }

  #authority(commonName: string): Content {
    const validity = { now: this.#order.now, days: AUTHORITY_DAYS };
    const issued = this.#tools.forge.authority(commonName, validity);
    const annotations = { [ANNOTATIONS.authority]: fingerprint(issued.certificate), ...this.#dates(AUTHORITY_DAYS) };
    return { type: TLS, data: pairOf(issued), annotations };
  }

  /** The certificate itself stays. */
  async #trust({ wanted, authority }: Extract<SecretTask, { make: 'trust' }>): Promise<Content> {
    const { certificate } = await this.#issuer(authority);
    const { data, annotations } = await this.#trusting(wanted.name, certificate);
    return { type: TLS, data, annotations: { ...annotations, [ANNOTATIONS.trustedSince]: iso(this.#order.now) } };
  }

  async #certificate(task: Extract<SecretTask, { make: 'certificate' }>): Promise<Content> {
    const { wanted, seen } = task;
    const issuer = await this.#issuer(task.authority);
    const validity = { now: this.#order.now, days: CERTIFICATE_DAYS };
    const { commonName, names } = wanted;
    const issued = this.#issue(task.authority, () => this.#tools.forge.certificate(issuer, { commonName, names, validity }));
    const trust = await this.#trusting(seen === undefined ? undefined : wanted.name, issuer.certificate);
    const annotations = {
      ...trust.annotations,
      ...(seen === undefined ? { [ANNOTATIONS.trustedSince]: iso(this.#order.now) } : {}),
      ...this.#dates(CERTIFICATE_DAYS),
      [ANNOTATIONS.authority]: fingerprint(issuer.certificate),
      [ANNOTATIONS.names]: namesHash(names),
    };
    return { type: TLS, data: { ...pairOf(issued), ...trust.data }, annotations };
  }

  /** The authority, and those trusted before that have not expired. */
  async #trusting(name: string | undefined, authority: string): Promise<{ data: Texts; annotations: Texts }> {
    const before = name === undefined ? '' : textOf(await this.#read(name), CERTIFICATE_KEYS.authority);
    const bundle = [authority, ...stillTrusted(before, { now: this.#order.now, except: authority })];
    return {
      data: { [CERTIFICATE_KEYS.authority]: bundle.join('') },
      annotations: { [ANNOTATIONS.trusts]: bundle.map(fingerprint).join(',') },
    };
  }

  async #binding(task: BindingTask): Promise<Content> {
    const { wanted, certificate } = task;
    const [user, trust] = [await this.#read(wanted.user), await this.#read(certificate)];
    const authority = wanted.authority === undefined ? undefined : await this.#readForeign(wanted.authority);
    const { type, host, port } = wanted;
    const sources = [user, trust, ...(wanted.authority === undefined ? [] : [authority])].map(versionOf);
    const madeFrom = bindingHash(wanted, sources);
    const asked = trustOf(trust, authority);
    // What has changed just now nodes have not taken yet, and from a Secret that is away they have what they show.
    const isAway = wanted.authority !== undefined && authority === undefined;
    const prunes = task.prunes === true && madeFrom === task.madeFrom && !isAway;
    const isSame = madeFrom === task.madeFrom && !prunes;
    const kept = isSame || prunes ? [] : await this.#kept(task, asked);
    const data = {
      type,
      host,
      port: String(port),
      uri: `https://${host}:${port}`,
      username: wanted.username,
      password: passwordOf(user),
      [CERTIFICATE_KEYS.authority]: [asked, ...kept].join(''),
    };
    const keeps = task.seen === undefined ? {} : { [ANNOTATIONS.keepsSince]: kept.length === 0 ? NONE : iso(this.#order.now) };
    return { type: `servicebinding.io/${type}`, data, annotations: { [ANNOTATIONS.madeFrom]: madeFrom, ...keeps }, isSame };
  }

  /**
   * Authorities that the binding has and that are not asked for any more. Nodes show what they signed until they have taken the
   * new certificate, or are restarted. Beside an empty list there is no place for them.
   */
  async #kept({ wanted, seen }: BindingTask, asked: string): Promise<readonly string[]> {
    if (seen === undefined || asked === '') return [];
    const before = textOf(await this.#read(wanted.name), CERTIFICATE_KEYS.authority);
    return stillTrusted(before, { now: this.#order.now, except: asked });
  }

  async #issuer(name: string): Promise<Issued> {
    const secret = await this.#read(name);
    const issuer = { certificate: textOf(secret, CERTIFICATE_KEYS.certificate), key: textOf(secret, CERTIFICATE_KEYS.key) };
    if (issuer.certificate === '' || issuer.key === '') throw unusable(name, 'it has no certificate or no key');
    // The plan knows it by its annotation: what another one signs would be signed anew in each pass.
    if (fingerprint(issuer.certificate) !== secret.metadata.annotations?.[ANNOTATIONS.authority])
      throw unusable(name, 'its certificate is not the one that Navigator has put there');
    return issuer;
  }

  #issue(authority: string, issue: () => Issued): Issued {
    try {
      return issue();
    } catch (error) {
      throw unusable(authority, error instanceof Error ? error.message : String(error));
    }
  }

  #dates(days: number): Texts {
    const { now } = this.#order;
    return {
      [ANNOTATIONS.notAfter]: iso(now + days * DAY_MS),
      [ANNOTATIONS.renewAfter]: iso(now + Math.floor((days * 2) / 3) * DAY_MS),
    };
  }

  async #create(name: string, { type, data, annotations }: Content): Promise<TaskOutcome> {
    const { metadata } = this.#order;
    const object: Secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, ...metadata, annotations },
      type,
      data: encoded(data),
    };
    try {
      const made = await this.#tools.client.create(Secrets, object, this.#signal);
      this.#tools.expectations.expect(this.#key, Secrets, made);
      this.#held.set(name, made);
      return 'done';
    } catch (error) {
      if (!(error instanceof KubeError) || error.code !== 'KUBE_ALREADY_EXISTS') throw error;
      return await this.#exists(name);
    }
  }

  /** Ours, which the cache does not show: because it is behind, or because somebody took the labels away. */
  async #exists(name: string): Promise<TaskOutcome> {
    const { metadata } = this.#order;
    const live = await this.#read(name);
    const owner = metadata.ownerReferences?.[0]?.uid;
    if (owner === undefined || controllerOf(live)?.uid !== owner) return foreignProblem(`Secret "${name}"`);
    if (
      [LABELS.managedBy, LABELS.cluster, LABELS.kind].every((label) => live.metadata.labels?.[label] === metadata.labels?.[label])
    )
      return 'stale';
    const { uid, resourceVersion } = live.metadata;
    const body = { metadata: { uid, resourceVersion, labels: metadata.labels } };
    await this.#tools.client.mergePatch(Secrets, live.metadata, { body }, this.#signal);
    return 'stale';
  }

  async #change(name: string, { data, annotations }: Content, seen: SeenSecret): Promise<TaskOutcome> {
    const { metadata } = this.#order;
    const notes = Object.entries(annotations).map(([key, value]): [string, string | null] => [
      key,
      value === NONE ? null : value,
    ]);
    const body = { metadata: { ...seen, annotations: Object.fromEntries<string | null>(notes) }, data: encoded(data) };
    const { namespace } = metadata;
    const made = await this.#tools.client.mergePatch(Secrets, { namespace, name }, { body }, this.#signal);
    this.#tools.expectations.expect(this.#key, Secrets, made);
    this.#held.set(name, made);
    return 'done';
  }

  async #read(name: string): Promise<Secret> {
    const { namespace } = this.#order.metadata;
    const secret = this.#held.get(name) ?? (await this.#tools.client.get(Secrets, { namespace, name }, this.#signal));
    this.#held.set(name, secret);
    return secret;
  }

  /** The user may make it later. */
  async #readForeign(name: string): Promise<Secret | undefined> {
    try {
      return await this.#read(name);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
