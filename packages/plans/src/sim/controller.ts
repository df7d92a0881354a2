import { FIELD_MANAGERS } from '@navigator/api-types';
import {
  clusterKey,
  type ControllerEngine,
  createReconcile,
  ENGINES,
  PlanBook,
  Reclaimer,
  type Scope,
  Watches,
} from '@navigator/controller/lab';
import {
  Applier,
  Controller,
  EventRecorder,
  Expectations,
  KubeClient,
  type KubeObject,
  type Logger,
  type Pod,
} from '@navigator/kube';
import type { SimContext } from './context.ts';
import { LAB_FORGE } from './forge.ts';
import { type ConnectionFaults, SimTransport } from './transport.ts';

export interface SimControllerOptions {
  readonly context: SimContext;
  readonly faults: ConnectionFaults;
  readonly logger: Logger;
  readonly lagMs: () => number;
  /** Called for each step of an Action, with how it ended. */
  readonly onAction: (action: string) => void;
  /** Called with each pod that the controller has deleted. */
  readonly onDeletePod: (pod: Pod) => void;
}

const LATENCY_MS = 5;

/**
 * One life of the controller process: everything that wire.ts puts together but the HTTP server and the lease, over the API
 * server in memory. `kill` is a power cut: whatever it knew is gone, and nothing of it reaches the server any more.
 */
export class SimController {
  readonly transport: SimTransport;
  readonly #stop = new AbortController();

  constructor(options: SimControllerOptions) {
    const { context, faults, logger, lagMs, onAction, onDeletePod } = options;
    const { clock } = context;
    const onDeleted = (object: KubeObject): void => (object.kind === 'Pod' ? onDeletePod(object) : undefined);
    this.transport = new SimTransport({ context, faults, latencyMs: LATENCY_MS, lagMs, onDeleted });
    const client = new KubeClient(this.transport, { fieldManager: FIELD_MANAGERS.controller, clock });
    const recorder = new EventRecorder({ client, component: FIELD_MANAGERS.controller, instance: 'lab', clock, logger });
    const controllers = new Map<string, Controller>();
    const watches = new Watches({
      client,
      engines: ENGINES,
      namespace: context.namespace,
      logger,
      clock,
      enqueue: ({ kind, ...ref }) => controllers.get(kind)?.enqueue(ref),
      caughtUp: ({ kind, ...ref }) => controllers.get(kind)?.caughtUp(ref),
    });
    const cacheOf: Watches['cacheOf'] = (resource) => watches.cacheOf(resource);
    const expectations = new Expectations({ clock, cacheOf });
    const applier = new Applier({ client, cacheOf, expectations });
    const reclaimer = new Reclaimer({ client, expectations, clock, logger });
    const scope: Scope = {
      watches,
      tools: {
        client,
        applier,
        reclaimer,
        expectations,
        forge: LAB_FORGE,
        cacheOf,
        tell: (cluster, note) => recorder.event(cluster, note),
        logger,
      },
    };
    const plans = new PlanBook();
    for (const engine of ENGINES) {
      const reconcile = createReconcile({
        engine,
        settings: { pilotImage: 'registry.test/navigator-pilot:1.0.0' },
        clock,
        logger,
        plans,
        scopeOf: () => scope,
        countAction: (action, ended) => {
          if (ended === 'done') onAction(action);
        },
      });
      const gate = { satisfied: (key: string) => expectations.satisfied(ofEngine(engine, key)) };
      controllers.set(
        engine.resource.kind,
        new Controller({ name: engine.name, reconcile, concurrency: 2, logger, clock, expectations: gate }),
      );
    }
    void this.#run(watches, [...controllers.values()]);
  }

  kill(): void {
    this.transport.kill();
    this.#stop.abort(new DOMException('killed', 'AbortError'));
  }

  async #run(watches: Watches, controllers: readonly Controller[]): Promise<void> {
    const { signal } = this.#stop;
    for (const informer of watches.informers) void informer.start(signal);
    try {
      for (const informer of watches.informers) await informer.waitForSync(signal);
    } catch {
      return;
    }
    await Promise.all(controllers.map((controller) => controller.start(signal)));
  }
}

function ofEngine(engine: ControllerEngine, key: string): string {
  const [namespace = '', name = ''] = key.split('/');
  return clusterKey({ kind: engine.resource.kind, namespace, name });
}
