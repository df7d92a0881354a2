import { expect } from 'vitest';
import { figuresOf } from '../../report/figures.ts';
import { type Namespace, waitReady } from '../objects.ts';
import { ES } from '../scenario.ts';
import { Traffic } from './index.ts';

/** A scenario: what is done to a cluster while clients use it. */
export interface Deed {
  readonly scenario: string;
  readonly namespace: Namespace;
  readonly cluster: string;
  /** Until when it must be Ready after `work`, in ms. */
  readonly deadlineMs: number;
  work(traffic: Traffic): Promise<void>;
}

/**
 * Does it under traffic, waits until the cluster is Ready again, and judges what the clients saw: no acknowledged write is
 * lost, and no sample was red. How long nobody was answered is for the report: it depends on the machine.
 */
export async function underTraffic({ scenario, namespace, cluster, deadlineMs, work }: Deed): Promise<void> {
  await using traffic = await Traffic.start(namespace, cluster);
  try {
    await work(traffic);
    await waitReady(namespace, ES, cluster, deadlineMs);
  } catch (error) {
    // The report must not take the run before for the last one. What broke the work may break the audit too.
    await traffic.finish(scenario, error instanceof Error ? error.message : String(error)).catch(() => undefined);
    throw error;
  }
  const figures = figuresOf(await traffic.finish(scenario));
  expect(figures).toMatchObject({ lost: 0, red: 0 });
  expect(figures.acknowledged).toBeGreaterThan(figures.seconds);
}
