import { expect } from 'vitest';
import { ES, podUids } from '../scenario.ts';
import { type Deed, underTraffic } from './under-traffic.ts';

/** Restarts the first node pool under traffic by its field `restartedAt`; each of its pods must be another one afterwards. */
export async function restartUnderTraffic(deed: Omit<Deed, 'work'>): Promise<void> {
  const { namespace, cluster } = deed;
  const before = await podUids(namespace, cluster);
  const patch = [{ op: 'add', path: '/spec/nodePools/0/restartedAt', value: new Date().toISOString() }];
  await underTraffic({
    ...deed,
    work: async () => {
      await namespace.kubectl('patch', ES, cluster, '--type', 'json', '-p', JSON.stringify(patch));
    },
  });
  const after = await podUids(namespace, cluster);
  expect([...after.keys()]).toEqual([...before.keys()]);
  for (const [name, uid] of before) expect(after.get(name)).not.toBe(uid);
}
