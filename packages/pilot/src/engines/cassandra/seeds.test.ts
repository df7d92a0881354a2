import { expect, test } from 'vitest';
import { resolveSeeds } from './seeds.ts';

const { signal } = new AbortController();
const query = { pods: ['a', 'b', 'c'], podDomain: 'nodes.shop.svc', podIp: '10.1.0.9' };

test('names without an address are left out; order stays', async () => {
  const known: Record<string, string> = { 'c.nodes.shop.svc': '10.1.0.3', 'a.nodes.shop.svc': '10.1.0.1' };
  const found = await resolveSeeds(query, signal, (host) => Promise.resolve(known[host]));
  expect(found).toEqual(['10.1.0.1', '10.1.0.3']);
});

test("an earlier pod's address that is now this one's is no peer", async () => {
  expect(await resolveSeeds(query, signal, () => Promise.resolve('10.1.0.9'))).toEqual([]);
});

test('one address is one seed', async () => {
  expect(await resolveSeeds(query, signal, () => Promise.resolve('10.1.0.1'))).toEqual(['10.1.0.1']);
});

test("seeds are asked for in this pod's family", async () => {
  const families: number[] = [];
  const note = (_host: string, family: number): Promise<undefined> => Promise.resolve(void families.push(family));
  await resolveSeeds({ ...query, podIp: 'fd00::9' }, signal, note);
  await resolveSeeds(query, signal, note);
  expect(families).toEqual([6, 6, 6, 4, 4, 4]);
});

test('a name server that is silent does not hold the pilot beyond its stop', async () => {
  const stop = new AbortController();
  const asked = resolveSeeds(query, stop.signal, () => new Promise(() => undefined));
  stop.abort(new Error('stopped'));
  await expect(asked).rejects.toThrow('stopped');
});
