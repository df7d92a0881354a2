import { z } from 'zod';
import type { Jmx, JmxAnswer, JmxRequest } from './jmx.ts';

/** The MBean of a node's life: `org.apache.cassandra.service.StorageServiceMBean`. */
export const STORAGE_SERVICE = 'org.apache.cassandra.db:type=StorageService';
/** Bytes of data on the node, as `Count`. */
export const LOAD = 'org.apache.cassandra.metrics:type=Storage,name=Load';
/** What gossip knows of every node, as `AllEndpointStates`. */
export const FAILURE_DETECTOR = 'org.apache.cassandra.net:type=FailureDetector';

const addresses = z.array(z.string()).optional().catch(undefined);
const text = z.string().optional().catch(undefined);

/**
 * Attributes that 4.0, 4.1 and 5.0 share (HostIdMap, which 4.x also has, is gone in 5.0). Each may be absent: an attribute
 * that cannot be read yet comes as an error text.
 */
const storageServiceSchema = z.object({
  OperationMode: text,
  LocalHostId: z.uuid().optional().catch(undefined),
  ReleaseVersion: z.string().regex(/^\d/).optional().catch(undefined),
  NativeTransportRunning: z.boolean().optional().catch(undefined),
  EndpointToHostId: z.record(z.string(), z.string()).optional().catch(undefined),
  LiveNodes: addresses,
  UnreachableNodes: addresses,
  JoiningNodes: addresses,
  LeavingNodes: addresses,
  MovingNodes: addresses,
});
type StorageService = z.infer<typeof storageServiceSchema>;

/** What one round of questions told about a node. */
export interface NodeFacts {
  /** Absent while Cassandra has not registered its MBeans. */
  readonly service?: StorageService;
  readonly loadBytes?: number;
  /** Text of FailureDetector.AllEndpointStates. */
  readonly gossip?: string;
}

/**
 * Everything is answered from the node's own memory. StorageProxy.SchemaVersions is not asked: it sends a message to every
 * live node and waits for the slowest one, so one frozen peer would freeze every pilot; gossip carries the same versions.
 */
const QUESTIONS: readonly JmxRequest[] = [
  { type: 'read', mbean: STORAGE_SERVICE, attribute: Object.keys(storageServiceSchema.shape) },
  { type: 'read', mbean: LOAD, attribute: 'Count' },
  { type: 'read', mbean: FAILURE_DETECTOR, attribute: 'AllEndpointStates' },
];

/** @throws JmxUnavailableError when the JVM does not answer. */
export async function readNodeFacts(jmx: Jmx, signal: AbortSignal): Promise<NodeFacts> {
  const [service, load, gossip] = await jmx.ask(QUESTIONS, signal);
  const facts = {
    service: parsed(storageServiceSchema, service),
    loadBytes: parsed(z.int().nonnegative(), load),
    gossip: parsed(z.string(), gossip),
  };
  return {
    ...(facts.service === undefined ? {} : { service: facts.service }),
    ...(facts.loadBytes === undefined ? {} : { loadBytes: facts.loadBytes }),
    ...(facts.gossip === undefined ? {} : { gossip: facts.gossip }),
  };
}

/** Asks for the mode alone; undefined before Cassandra registered its MBeans. */
export async function readOperationMode(jmx: Jmx, signal: AbortSignal): Promise<string | undefined> {
  const [answer] = await jmx.ask([{ type: 'read', mbean: STORAGE_SERVICE, attribute: 'OperationMode' }], signal);
  return parsed(z.string().regex(/^[A-Z_]+$/), answer);
}

function parsed<T>(schema: z.ZodType<T>, answer: JmxAnswer | undefined): T | undefined {
  if (answer === undefined || 'error' in answer) return undefined;
  return schema.safeParse(answer.value).data;
}
