import { systemClock } from '@navigator/kube';
import { FakeApiServer } from '@navigator/kube/testing';
import { expect, test } from 'vitest';
import { startController, surroundings } from '../test/harness.ts';
import { createCluster, eventsOf, KINDS, patchSpec, ready } from '../test/scenario.ts';

test.each(KINDS)(
  '$resource.kind: created, Ready, upgraded, then scaled',
  { timeout: 60_000 },
  async ({ resource, pool, prefix, spec }) => {
    const api = new FakeApiServer({ clock: systemClock });
    await using controller = startController(api.transport());
    const around = surroundings(api.transport(), 'shop', AbortSignal.timeout(60_000));
    const cluster = await createCluster(around, resource, { name: 'demo', spec });
    await ready(around, resource, 'demo');
    const version = spec.version === '8.15.0' ? '8.19.9' : '5.0.6';
    await patchSpec(around, resource, { name: 'demo', spec: { version, nodePools: [{ name: pool, replicas: 4 }] } });
    const status = await ready(around, resource, 'demo');
    expect(status).toMatchObject({ version, health: 'Green', nodePools: [{ name: pool, replicas: 4, ready: 4, updated: 4 }] });
    await controller.stop();
    const events = (await eventsOf(around, cluster)).map(({ reason, message }) => `${reason} ${message}`);
    const node = (ordinal: number): string => `${prefix}-demo-${pool}-${ordinal}`;
    expect(events.filter((event) => /^(CreateNodePool|UpdateVersion|Scale)/.test(event))).toEqual([
      `CreateNodePool Created node pool "${pool}"`,
      ...[2, 1, 0].map((ordinal) => `UpdateVersion Updating replica ${node(ordinal)} to version ${version}`),
      `UpdateVersion Updated node pool "${pool}" to version "${version}"`,
      `Scale Scaled node pool "${pool}" to 4 replicas`,
    ]);
    expect(events.filter((event) => event.startsWith('CreatePilot'))).toEqual(
      [0, 1, 2, 3].map((ordinal) => `CreatePilot Created pilot "${node(ordinal)}"`),
    );
  },
);
