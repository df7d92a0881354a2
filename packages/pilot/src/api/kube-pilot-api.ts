import { FIELD_MANAGERS, GROUP, pilotSpecSchema, type PilotStatus, processExitSchema, VERSION } from '@navigator/api-types';
import {
  type Clock,
  compareResourceVersions,
  defineResource,
  Informer,
  isConflict,
  KubeClient,
  type KubeObject,
  type Logger,
  type Transport,
} from '@navigator/kube';
import { z } from 'zod';
import type { OwnPilot, PilotApi } from './pilot-api.ts';

const Pilots = defineResource<KubeObject>({ group: GROUP, version: VERSION, kind: 'Pilot', plural: 'pilots' });

const ownPilotSchema = z.object({
  metadata: z.object({ uid: z.string(), generation: z.int() }),
  spec: pilotSpecSchema,
  status: z.object({ lastExit: processExitSchema.optional().catch(undefined) }).optional(),
});

export interface KubePilotApiOptions {
  readonly transport: Transport;
  readonly namespace: string;
  readonly name: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * The pilot's access to the API server: a watch on one name and server-side apply of one status.
 *
 * A report that timed out here may be done by the server later, after the report that followed it, and an old "Healthy" would
 * then look like the newest word. So each report names the resourceVersion that it replaces: whichever of two the server does
 * first, it refuses the other. Watch and answers tell the newest one; only after a refusal the Pilot is read. An admission
 * rule on heartbeatTime would cost no refusals when the controller writes the spec, which is rare, but a clock that was set
 * back would shut the pilot up, and the last words of a pod would still win over its successor's.
 */
export function kubePilotApi(options: KubePilotApiOptions): PilotApi {
  const { transport, namespace, name, clock, log } = options;
  const client = new KubeClient(transport, { fieldManager: FIELD_MANAGERS.pilot, clock });

  let newest: string | undefined;

  function learn({ metadata }: KubeObject): void {
    const { resourceVersion: told } = metadata;
    if (told === undefined) return;
    // The watch lags behind our own answers.
    if (newest === undefined || (compareResourceVersions(told, newest) ?? 1) > 0) newest = told;
  }

  async function watchOwn(changed: (pilot: OwnPilot | undefined) => void, signal: AbortSignal): Promise<void> {
    function take(object: KubeObject): void {
      learn(object);
      const parsed = ownPilotSchema.safeParse(object);
      if (parsed.success) return changed(toOwnPilot(parsed.data));
      const issues = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
      log.error({ issues }, 'the Pilot does not fit its schema; the order before it holds');
    }
    function gone(): void {
      newest = undefined;
      changed(undefined);
    }
    const informer = new Informer({
      client,
      resource: Pilots,
      namespace,
      // The field that RBAC by resourceNames matches: this is all that a pilot may watch.
      fieldSelector: `metadata.name=${name}`,
      clock,
      logger: log,
    });
    informer.addHandler({ add: take, update: (_old, object) => take(object), delete: gone });
    await informer.start(signal);
  }

  async function reportStatus(status: PilotStatus, signal: AbortSignal): Promise<void> {
    if (newest === undefined) learn(await client.get(Pilots, { namespace, name }, signal));
    const metadata = { name, namespace, ...(newest === undefined ? {} : { resourceVersion: newest }) };
    const object = { apiVersion: `${GROUP}/${VERSION}`, kind: 'Pilot', metadata, status };
    try {
      learn(await client.applyStatus(Pilots, object, signal));
    } catch (error) {
      if (isConflict(error) && newest === metadata.resourceVersion) newest = undefined;
      throw error;
    }
  }

  return { watchOwn, reportStatus };
}

function toOwnPilot({ metadata, spec, status }: z.infer<typeof ownPilotSchema>): OwnPilot {
  const lastExit = status?.lastExit;
  return { uid: metadata.uid, generation: metadata.generation, spec, ...(lastExit === undefined ? {} : { lastExit }) };
}
