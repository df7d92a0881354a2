import { cassandraClusterSpecSchema, elasticsearchClusterSpecSchema } from '@navigator/api-types';
import { engineOfKind } from '@navigator/controller/lab';
import { type KubeObject, type Logger, type Resource, silentLogger } from '@navigator/kube';
import { FakeApiServer, FakeClock, Random, type Revision, sameExcept, sameJson } from '@navigator/kube/testing';
import { SimCassandra } from './sim/cassandra.ts';
import { startClaimProtection } from './sim/claim-protection.ts';
import type { SimContext } from './sim/context.ts';
import { SimController } from './sim/controller.ts';
import type { LookFault, SimDatabase } from './sim/database.ts';
import { SimElasticsearch } from './sim/elasticsearch.ts';
import { startGarbageCollector } from './sim/garbage-collector.ts';
import { clusterWord, Kubelet } from './sim/kubelet.ts';
import { startProvisioner } from './sim/provisioner.ts';
import { StatefulSetController } from './sim/stateful-set.ts';
import type { ConnectionFaults } from './sim/transport.ts';
import { Watchman } from './watchman.ts';

/** What goes wrong in one world. Asked again and again; a plan's faults are one object with a state of its own. */
export interface Faults {
  /** Connection of the controller's n-th life, from 1. */
  controller(life: number): ConnectionFaults;
  pilot(podName: string): ConnectionFaults;
  look(podName: string): LookFault | undefined;
  /** How much later than usual the controller may learn of things, in ms. */
  readonly blindMs: number;
  /** Called once the world stands; sets timers for what happens at a time. */
  begin?(world: World): void;
  /** Whether something is still to happen. */
  pending?(): boolean;
}

export interface WorldOptions {
  readonly seed: number;
  readonly faults: Faults;
  readonly badImages?: readonly string[];
  readonly crashing?: readonly string[];
  readonly hanging?: readonly string[];
  readonly mayDeleteClaims?: boolean;
  readonly tracing?: boolean;
}

export const NAMESPACE = 'lab';

/** A whole Kubernetes in memory with one controller of Navigator, on one clock. Nothing happens unless time is moved. */
export class World implements SimContext {
  readonly clock = new FakeClock();
  readonly server: FakeApiServer;
  readonly random: Random;
  readonly namespace = NAMESPACE;
  readonly faults: Faults;
  readonly kubelet: Kubelet;
  readonly statefulSets: StatefulSetController;
  readonly watchman: Watchman;
  readonly databases = new Map<string, SimDatabase>();
  readonly trace: string[] = [];
  readonly violations: string[] = [];
  /** Creations and deletions by collection. */
  readonly counts = new Map<string, { created: number; deleted: number }>();
  /** Names of the Actions of which a step was done. */
  readonly actions = new Set<string>();
  /** When something other than a sign of life was last written (monotonic). */
  lastChangeMs = 0;
  readonly #tracing: boolean;
  #controller: SimController | undefined;
  #controllerSinceMs: number | undefined;
  #lives = 0;

  constructor(options: WorldOptions) {
    this.faults = options.faults;
    this.#tracing = options.tracing ?? false;
    this.random = new Random(options.seed);
    this.server = new FakeApiServer({ clock: this.clock, collectGarbage: false, admit: ADMISSION });
    this.server.store.subscribe((revision) => this.#record(revision));
    this.watchman = new Watchman({
      context: this,
      databases: this.databases,
      controllerSinceMs: () => this.#controllerSinceMs,
      blindMs: options.faults.blindMs,
      mayDeleteClaims: options.mayDeleteClaims ?? false,
    });
    this.statefulSets = new StatefulSetController({
      context: this,
      onTakeDown: (pod, why, target) => this.watchman.takesDown(pod, why, target),
    });
    startGarbageCollector(this);
    startProvisioner(this);
    startClaimProtection(this);
    this.kubelet = new Kubelet({
      context: this,
      databaseOf: (pod) => this.#databaseOf(clusterWord(pod)),
      pilotFaults: (podName) => this.faults.pilot(podName),
      lookFault: (podName) => this.faults.look(podName),
      badImages: new Set(options.badImages),
      crashing: new Set(options.crashing),
      hanging: new Set(options.hanging),
    });
    const sample = (): void => {
      this.watchman.sample();
      this.clock.setTimeout(sample, 1000);
    };
    this.clock.setTimeout(sample, 1000);
  }

  /** Starts the controller; `kill` first if one is running. */
  startController(): void {
    this.#lives += 1;
    this.#controllerSinceMs = this.clock.monotonic();
    this.note('lab', `controller starts, life ${this.#lives}`);
    this.#controller = new SimController({
      context: this,
      faults: this.faults.controller(this.#lives),
      logger: this.#logger(),
      lagMs: () => this.random.int(20, 150),
      onAction: (action) => this.actions.add(action),
      onDeletePod: (pod) => this.watchman.deletesPod(pod),
    });
  }

  /** A power cut; the next life begins after `downMs`. */
  crashController(downMs: number): void {
    if (!this.#controller) return;
    this.note('lab', 'controller crashes');
    this.#controller.kill();
    this.#controller = undefined;
    this.#controllerSinceMs = undefined;
    this.clock.setTimeout(() => this.startController(), downMs);
  }

  /** The end of the world: whatever still waits for a signal would keep all of it in memory. */
  [Symbol.dispose](): void {
    this.#controller?.kill();
    this.kubelet.close();
  }

  get hasController(): boolean {
    return this.#controller !== undefined;
  }

  /** Breaks the controller's watches, with the history gone if `gone`: they get 410. */
  breakWatches(gone: boolean): void {
    this.note('lab', gone ? 'the history is compacted, watches break' : 'watches break');
    if (gone) {
      this.server.store.tick(10);
      this.server.store.compact();
    }
    this.#controller?.transport.breakWatches();
  }

  note(actor: string, text: string): void {
    if (this.#tracing) this.trace.push(`${(this.clock.monotonic() / 1000).toFixed(3).padStart(9)}  ${actor.padEnd(14)} ${text}`);
  }

  violation(text: string): void {
    this.note('VIOLATION', text);
    if (this.violations.length < 20) this.violations.push(text);
  }

  get<T extends KubeObject>(resource: Resource<T>, name: string): T | undefined {
    return this.server.get(resource, { namespace: NAMESPACE, name });
  }

  /** The resource of a cluster kind. */
  resource(kind: string): Resource {
    const engine = engineOfKind(kind);
    if (!engine) throw new TypeError(`no engine has the kind ${kind}`);
    return engine.resource;
  }

  #databaseOf(word: string): SimDatabase {
    const known = this.databases.get(word);
    if (known) return known;
    const parts = {
      random: this.random,
      clock: this.clock,
      addressOf: (podName: string) => this.kubelet.addressOf(podName),
      note: (actor: string, text: string) => this.note(actor, text),
      violation: (text: string) => this.violation(text),
    };
    const database = word.startsWith('Cassandra') ? new SimCassandra(parts) : new SimElasticsearch(parts);
    this.databases.set(word, database);
    return database;
  }

  #record({ collection, type, object, before }: Revision): void {
    if (this.#tracing && collection !== 'events')
      this.note('etcd', `${type} ${collection} ${object.metadata.name} @${object.metadata.resourceVersion}${describe(object)}`);
    if (collection === 'events') return;
    if (collection !== 'pilots.navigator.dev' || type !== 'MODIFIED' || !isBeat(before, object))
      this.lastChangeMs = this.clock.monotonic();
    if (type === 'MODIFIED') return;
    const count = this.counts.get(collection) ?? { created: 0, deleted: 0 };
    if (type === 'ADDED') count.created += 1;
    else count.deleted += 1;
    this.counts.set(collection, count);
  }

  #logger(): Logger {
    const logger: Logger = this.#tracing
      ? {
          debug: () => {},
          info: (fields, message) => this.note('controller', `${message} ${JSON.stringify(fields)}`),
          warn: (fields, message) => this.note('controller', `WARN ${message} ${errorText(fields)}`),
          error: (fields, message) => this.violation(`the controller logs an error: ${message} ${errorText(fields)}`),
          child: () => logger,
        }
      : {
          ...silentLogger,
          error: (fields, message) => this.violation(`the controller logs an error: ${message} ${errorText(fields)}`),
          child: () => logger,
        };
    return logger;
  }
}

function errorText(fields: object): string {
  const error = 'err' in fields ? fields.err : undefined;
  return error instanceof Error ? `${error.name}: ${error.message}` : JSON.stringify(fields);
}

/** Whether only the time of the report changed. */
function isBeat(before: KubeObject | undefined, after: KubeObject): boolean {
  const [old, now] = [before?.['status'] ?? {}, after['status'] ?? {}];
  return sameJson(before?.['spec'], after['spec']) && sameExcept(old, now, BEAT);
}

const BEAT: ReadonlySet<string> = new Set(['heartbeatTime']);

function describe(object: KubeObject): string {
  const status = object['status'] as
    | { phase?: string; health?: string; conditions?: { type: string; status: string; reason?: string; message?: string }[] }
    | undefined;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const words = [
    status?.phase,
    status?.health,
    ready && `Ready=${ready.status}${ready.reason ? ` ${ready.reason}: ${ready.message}` : ''}`,
  ].filter((word) => word !== undefined);
  return words.length === 0 ? '' : ` (${words.join(', ')})`;
}

/** By their text: the same specs come again and again, in one world and in all. */
const parsedSpecs = new Map<string, unknown>();

/** As the CRDs do it: defaults are put in, what does not fit is refused. */
const ADMISSION = {
  'elasticsearchclusters.navigator.dev': (object: KubeObject) =>
    withDefaults(object, (spec) => elasticsearchClusterSpecSchema.parse(spec)),
  'cassandraclusters.navigator.dev': (object: KubeObject) =>
    withDefaults(object, (spec) => cassandraClusterSpecSchema.parse(spec)),
};

function withDefaults(object: KubeObject, parse: (spec: unknown) => unknown): KubeObject {
  const spec = object['spec'];
  if (typeof spec !== 'object' || spec === null) return object;
  const text = `${object.kind} ${JSON.stringify(spec)}`;
  const parsed = parsedSpecs.get(text) ?? parse(spec);
  parsedSpecs.set(text, parsed);
  return { ...object, spec: parsed };
}
