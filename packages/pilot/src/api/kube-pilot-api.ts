import { FIELD_MANAGERS, GROUP, pilotSpecSchema, type PilotStatus, processExitSchema, VERSION } from '@navigator/api-types';
import { type Clock, defineResource, Informer, KubeClient, type KubeObject, type Logger, type Transport } from '@navigator/kube';
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

/** The pilot's access to the API server: a watch on one name and server-side apply of one status. */
export function kubePilotApi(options: KubePilotApiOptions): PilotApi {
  const { transport, namespace, name, clock, log } = options;
  const client = new KubeClient(transport, { fieldManager: FIELD_MANAGERS.pilot, clock });

  async function watchOwn(changed: (pilot: OwnPilot | undefined) => void, signal: AbortSignal): Promise<void> {
    function take(object: KubeObject): void {
      const parsed = ownPilotSchema.safeParse(object);
      if (parsed.success) return changed(toOwnPilot(parsed.data));
      const issues = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
      log.error({ issues }, 'the Pilot does not fit its schema; the order before it holds');
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
    informer.addHandler({ add: take, update: (_old, object) => take(object), delete: () => changed(undefined) });
    await informer.start(signal);
  }

  async function reportStatus(status: PilotStatus, signal: AbortSignal): Promise<void> {
    const object = { apiVersion: `${GROUP}/${VERSION}`, kind: 'Pilot', metadata: { name, namespace }, status };
    await client.applyStatus(Pilots, object, signal);
  }

  return { watchOwn, reportStatus };
}

function toOwnPilot({ metadata, spec, status }: z.infer<typeof ownPilotSchema>): OwnPilot {
  const lastExit = status?.lastExit;
  return { uid: metadata.uid, generation: metadata.generation, spec, ...(lastExit === undefined ? {} : { lastExit }) };
}
