import {
  Applier,
  KubeClient,
  type KubeObject,
  type ObservedCache,
  silentLogger,
  type StatefulSet,
  StatefulSets,
} from '@navigator/kube';
import { FakeApiServer, type Faults } from '@navigator/kube/testing';
import type { EventNote } from '../actions/action.ts';
import { elasticsearch } from '../engines/elasticsearch/index.ts';
import { execute, type Execution, type Pass, type Tools } from '../execute.ts';
import type { Plan } from '../plan.ts';
import { forge } from '../security/forge.ts';
import { clusterObject } from './kube-objects.ts';

const NOTHING: Plan = { objects: [], pending: [], notes: [], invalid: [] };
/** What steps are done for. */
export const ACTION = { name: 'UpdateVersion', nodePool: 'mixed', why: 'spec.version is 8.19.9' } as const;
/** What they tell. */
export const EVENT: EventNote = {
  type: 'Normal',
  reason: 'UpdateVersion',
  message: 'Updating replica es-demo-mixed-1 to version 8.19.9',
};

/** What plans are executed in. */
export interface World {
  readonly api: FakeApiServer;
  readonly told: EventNote[];
  /** `seen`: the StatefulSets that the plan was made from; what the caches show unless given. */
  readonly run: (plan: Partial<Plan>, more?: { signal?: AbortSignal; seen?: readonly StatefulSet[] }) => Promise<Execution>;
  /** The object as one of the cluster's. */
  readonly own: (object: KubeObject) => KubeObject;
}

/** A server that has the cluster, tools whose caches are always up to date unless `caches` says otherwise, and what was told. */
export function world(options: { faults?: Faults; caches?: Record<string, KubeObject> } = {}): World {
  const api = new FakeApiServer();
  const cluster = api.seed(elasticsearch.resource, clusterObject());
  const cacheOf: Tools['cacheOf'] = (resource): ObservedCache => ({
    resourceVersion: String(api.store.revision),
    lister: {
      get: (namespace, name) => options.caches?.[name] ?? api.get(resource, { namespace, name }),
      list: () => api.list(resource),
      byIndex: () => [],
    },
  });
  const client = new KubeClient(api.transport(options.faults === undefined ? {} : { faults: options.faults }), {
    fieldManager: 'navigator-controller',
  });
  const told: EventNote[] = [];
  const applier = new Applier({ client, cacheOf });
  const expectations = { expect: () => {}, expectDeletion: () => {} };
  const reclaimer = { reclaim: async () => false };
  const tools: Tools = {
    client,
    applier,
    reclaimer,
    cacheOf,
    expectations,
    forge,
    tell: (_cluster, note) => told.push(note),
    logger: silentLogger,
  };
  const pass = (plan: Partial<Plan>, seen?: readonly StatefulSet[]): Pass => ({
    key: 'k',
    resource: elasticsearch.resource,
    cluster,
    statefulSets: seen ?? api.list(StatefulSets).map((set) => (options.caches?.[set.metadata.name] ?? set) as StatefulSet),
    plan: { ...NOTHING, ...plan },
  });
  const own = (object: KubeObject): KubeObject => {
    const {
      uid: _uid,
      resourceVersion: _version,
      creationTimestamp: _at,
      generation: _generation,
      ...metadata
    } = object.metadata;
    const { status: _status, ...rest } = object;
    const reference = {
      apiVersion: cluster.apiVersion,
      kind: cluster.kind,
      name: 'demo',
      uid: cluster.metadata.uid ?? '',
      controller: true,
    };
    return { ...rest, metadata: { ...metadata, ownerReferences: [reference] } } as KubeObject;
  };
  return {
    api,
    told,
    own,
    run: (plan, { signal = new AbortController().signal, seen } = {}) => execute(pass(plan, seen), tools, signal),
  };
}

/** A Service of that name. */
export const service = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'shop' },
  spec: { clusterIP: 'None' },
});
