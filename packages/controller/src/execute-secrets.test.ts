import type { Faults } from '@navigator/kube/testing';
import { expect, test } from 'vitest';
import type { Plan } from './plan.ts';
import { ACTION, EVENT, service, world } from './testing/execution.ts';
import { statefulSetObject } from './testing/kube-objects.ts';

const secrets: NonNullable<Plan['secrets']> = {
  metadata: { namespace: 'shop' },
  now: 0,
  tasks: [
    { make: 'user', wanted: { name: 'es-demo-elastic', username: 'elastic' } },
    { make: 'authority', wanted: { name: 'es-demo-ca', commonName: 'es-demo-ca' } },
  ],
};

function refusing(name: string): Faults {
  const answer = { fault: 'error', status: 403, reason: 'Forbidden' } as const;
  return {
    onCall: ({ verb, body }) => (verb === 'create' && JSON.stringify(body).includes(`"name":"${name}"`) ? answer : undefined),
  };
}

test('without a Secret that pods mount children are repaired, but no StatefulSet is made and no step done', async () => {
  const { told, run, own } = world({ faults: refusing('es-demo-elastic') });
  const objects = [own(service('a')), own(statefulSetObject())];
  const step = { action: ACTION, effects: [{ do: 'event', event: EVENT }] } as const;
  const { ended, written: done, problems } = await run({ secrets, objects, step });
  expect([ended, done, problems.map(({ reason }) => reason)]).toEqual([
    'failed',
    ['Secret "es-demo-ca"', 'Service "a"'],
    ['ApiError'],
  ]);
  expect(told).toEqual([]);
});

test('a Secret that no pod mounts holds nothing up, and is told of', async () => {
  const { told, run, own } = world({ faults: refusing('es-demo-ca') });
  const objects = [own(service('a')), own(statefulSetObject())];
  const step = { action: ACTION, effects: [{ do: 'event', event: EVENT }] } as const;
  const { ended, written: done, problems } = await run({ secrets, objects, step });
  expect([ended, done, problems.length]).toEqual([
    'failed',
    ['Secret "es-demo-elastic"', 'Service "a"', 'StatefulSet "es-demo-mixed"'],
    1,
  ]);
  expect(told).toEqual([EVENT]);
});
