import { setTimeout as delay } from 'node:timers/promises';
import { Namespaces, Secrets } from '@navigator/kube';
import { forEachAtOnce } from '../pool.ts';
import { type Bench, type Cost, costOf, say } from './bench.ts';

/** What Secrets that are none of our business cost. */
export interface ForeignSecrets extends Cost {
  readonly secrets: number;
  /** Resident memory afterwards, less that before. */
  readonly grownMiB: number;
}

const SETTLE_MS = 10_000;

/** Creates Secrets of 1 MB in one of the clusters' namespaces and in one of their own. */
export async function measureForeignSecrets(bench: Bench): Promise<ForeignSecrets> {
  const { client, options, fleet, signal } = bench;
  const data = { blob: Buffer.alloc(1_000_000, 'x').toString('base64') };
  say(`${options.foreignSecrets} Secrets of 1 MB`);
  const own = 'foreign-secrets';
  await client.create(Namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: own } }, signal);
  await delay(SETTLE_MS, undefined, { signal });
  const before = bench.controller.stat().residentMiB;
  const { result: _nothing, ...cost } = await costOf(bench, async () => {
    const names = Array.from({ length: options.foreignSecrets }, (_, index) => `blob-${index}`);
    await forEachAtOnce(4, names, async (name) => {
      const namespace = name.endsWith('0') ? (fleet[0]?.namespace ?? own) : own;
      await client.create(Secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, data }, signal);
    });
    await delay(SETTLE_MS, undefined, { signal });
  });
  return { ...cost, secrets: options.foreignSecrets, grownMiB: cost.residentMiB - before };
}
