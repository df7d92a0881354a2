import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { FIELD_MANAGERS } from '@navigator/api-types';
import {
  Applier,
  type Clock,
  Controller,
  EventRecorder,
  Expectations,
  guardWrites,
  KubeClient,
  type KubeObject,
  LeaderElector,
  type Logger,
  Manager,
  systemClock,
  type Transport,
} from '@navigator/kube';
import { exposeRequests, PrometheusMetrics } from '@navigator/kube/metrics';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { clusterKey } from './cluster-key.ts';
import type { ControllerEngine } from './engines/engine.ts';
import { ENGINES } from './engines/registry.ts';
import { type NavigatorMetrics, navigatorMetrics } from './metrics.ts';
import type { Options } from './options.ts';
import { PlanBook } from './plan-book.ts';
import { Reclaimer } from './reclaim.ts';
import { createReconcile, type Scope } from './reconcile.ts';
import { forge } from './security/forge.ts';
import { type HttpService, httpServer } from './server.ts';
import { Watches } from './watches.ts';

/** The name of the Lease. */
export const LEASE_NAME = 'navigator-controller';
/** Reconciles in work at SIGTERM have this long; the whole stop must fit into 10 s. */
const GRACE_MS = 4000;

/** What the composition root is given. */
export interface WireOptions {
  readonly options: Options;
  readonly transport: Transport;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** The wired controller process. */
export interface ControllerProcess {
  /** Runs until the signal aborts, then stops in order. Throws when the lease is lost. */
  run(signal: AbortSignal): Promise<void>;
  readonly manager: Manager;
  readonly http: HttpService;
}

/** The composition root: the only place where clients, caches and controllers are made. */
export function wire({ options, transport, logger, clock = systemClock }: WireOptions): ControllerProcess {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  exposeRequests(registry, transport.requests);
  const runtime: Runtime = {
    options,
    transport,
    logger,
    clock,
    registry,
    metrics: new PrometheusMetrics(registry),
    identity: `${hostname()}_${randomUUID().slice(0, 8)}`,
  };
  // The elector writes as it is, events unless somebody else may lead; everything else asks first whether we still lead.
  const ownClient = new KubeClient(transport, { fieldManager: FIELD_MANAGERS.controller, clock });
  const elector = options.leaderElect ? makeElector(runtime, ownClient) : undefined;
  const guarded = guardWrites(transport, () => elector?.isLeader() ?? true);
  const client = new KubeClient(guarded, { fieldManager: FIELD_MANAGERS.controller, clock });
  const telling = guardWrites(transport, () => !(elector?.mayBeReplaced ?? false));
  const recorder = new EventRecorder({
    client: new KubeClient(telling, { fieldManager: FIELD_MANAGERS.controller, clock }),
    component: FIELD_MANAGERS.controller,
    instance: runtime.identity,
    clock,
    logger,
  });
  const controllers = new Map<string, Controller>();
  const scopes = new Map(
    scopeNames(options).map((namespace) => [namespace, makeScope({ client, recorder, controllers, clock, logger, namespace })]),
  );
  const plans = new PlanBook();
  const { countAction } = navigatorMetrics(registry, () => clustersOf(scopes));
  for (const engine of ENGINES)
    controllers.set(engine.resource.kind, makeController(runtime, { engine, scopes, plans, countAction }));
  const http: HttpService = httpServer({
    port: options.httpPort,
    ...(options.httpHost === undefined ? {} : { host: options.httpHost }),
    registry,
    plans,
    readiness: () => ({ ...manager.readiness(), leading: manager.isLeading }),
  });
  const manager: Manager = new Manager({
    logger,
    services: [http],
    informers: [...scopes.values()].flatMap(({ scope }) => scope.watches.informers),
    ...(elector === undefined ? {} : { elector }),
    controllers: [...controllers.values()],
    closers: [(signal) => recorder.flush(signal), () => transport.close()],
    graceMs: GRACE_MS,
    clock,
  });
  return { run: (signal) => manager.run(signal), manager, http };
}

/** What everything is made with. */
interface Runtime extends Required<WireOptions> {
  readonly registry: Registry;
  readonly metrics: PrometheusMetrics;
  readonly identity: string;
}

function makeElector({ options, identity, clock, logger, metrics }: Runtime, client: KubeClient): LeaderElector {
  const lease = { namespace: options.leaseNamespace, name: LEASE_NAME };
  return new LeaderElector({ client, lease, identity, clock, logger, metrics: metrics.leader(LEASE_NAME) });
}

interface ControllerParts {
  readonly engine: ControllerEngine;
  readonly scopes: Scopes;
  readonly plans: PlanBook;
  readonly countAction: NavigatorMetrics['countAction'];
}

function makeController(
  { options, clock, logger, metrics }: Runtime,
  { engine, scopes, plans, countAction }: ControllerParts,
): Controller {
  const scopeOf = (namespace: string): Scope | undefined => (scopes.get(undefined) ?? scopes.get(namespace))?.scope;
  const settings = { pilotImage: options.pilotImage };
  const reconcile = createReconcile({ engine, settings, clock, logger, plans, scopeOf, countAction });
  const expectations = { satisfied: (key: string) => isSatisfied(scopes, engine, key) };
  return new Controller({ name: engine.name, reconcile, concurrency: options.concurrency, logger, clock, metrics, expectations });
}

interface ScopeParts {
  readonly client: KubeClient;
  readonly recorder: EventRecorder;
  readonly controllers: ReadonlyMap<string, Controller>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly namespace: string | undefined;
}

type ScopeWithExpectations = { readonly scope: Scope; readonly expectations: Expectations };
/** By namespace; the key `undefined` stands for all of them. */
type Scopes = ReadonlyMap<string | undefined, ScopeWithExpectations>;

function clustersOf(scopes: Scopes): KubeObject[] {
  return [...scopes.values()].flatMap(({ scope }) => ENGINES.flatMap((engine) => scope.watches.clusters(engine)));
}

/** `[undefined]` stands for all namespaces: one watch a kind for everything. */
function scopeNames({ namespaces }: Options): readonly (string | undefined)[] {
  return namespaces.length === 0 ? [undefined] : [...new Set(namespaces)];
}

function makeScope({ client, recorder, controllers, clock, logger, namespace }: ScopeParts): ScopeWithExpectations {
  const watches = new Watches({
    client,
    engines: ENGINES,
    namespace,
    logger,
    clock,
    enqueue: ({ kind, ...ref }) => controllers.get(kind)?.enqueue(ref),
    caughtUp: ({ kind, ...ref }) => controllers.get(kind)?.caughtUp(ref),
  });
  const cacheOf: Watches['cacheOf'] = (resource) => watches.cacheOf(resource);
  const expectations = new Expectations({ clock, cacheOf });
  const applier = new Applier({ client, cacheOf, expectations });
  const reclaimer = new Reclaimer({ client, expectations, clock, logger });
  const tell: Scope['tools']['tell'] = (cluster, note) => recorder.event(cluster, note);
  return { scope: { watches, tools: { client, applier, reclaimer, expectations, forge, cacheOf, tell, logger } }, expectations };
}

function isSatisfied(
  scopes: ReadonlyMap<string | undefined, ScopeWithExpectations>,
  engine: ControllerEngine,
  key: string,
): boolean {
  const [namespace = '', name = ''] = key.split('/');
  const { expectations } = scopes.get(undefined) ?? scopes.get(namespace) ?? {};
  return expectations?.satisfied(clusterKey({ kind: engine.resource.kind, namespace, name })) ?? true;
}
