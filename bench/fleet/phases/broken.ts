import { setTimeout as delay } from 'node:timers/promises';
import { defineResource, type KubeObject, Namespaces, type StatefulSet, StatefulSets } from '@navigator/kube';
import { fleetOf, type FleetCluster, manifestOf } from '../clusters.ts';
import { type Bench, costOf, say } from './bench.ts';
import { type Edited, type Edits, editTemplate, latenciesOf, told } from './edits.ts';

/** Edits of pod templates, by turns while all is well and while some other clusters cannot be made. */
export interface TemplateEdits {
  readonly calm: Edits;
  readonly disturbed: Edits | undefined;
  readonly broken: Broken | undefined;
}

/** What the broken clusters cost in the time in which they were made and failed for the first times. */
export interface Broken {
  readonly clusters: number;
  readonly seconds: number;
  readonly requests: number;
  readonly cpuSeconds: number;
}

const ResourceQuotas = defineResource({ group: '', version: 'v1', kind: 'ResourceQuota', plural: 'resourcequotas' });
const QUOTA = 'broken-quota';
const FOREIGN = 'broken-foreign';
const ROUNDS = 4;
const FAILING_MS = 5000;

/**
 * Rounds of calm edits and of as many beside broken clusters, which are then deleted, the one or the other first: so both are of
 * the same machine at the same times. Half of the broken ones may have no StatefulSet by a quota, which answers 403 for ever; the other half find one of
 * their name that belongs to somebody else.
 */
export async function measureTemplateEdits(bench: Bench): Promise<TemplateEdits> {
  const { options, fleet } = bench;
  say(`${options.edits} edits of templates, and as many beside ${options.broken} broken clusters`);
  const [calm, disturbed]: [Edited[], Edited[]] = [[], []];
  const costs: Broken[] = [];
  if (options.broken > 0) await prepare(bench);
  let edits = 0;
  const editSome = async (into: Edited[], round: number): Promise<void> => {
    for (const until = Math.round((options.edits * (round + 1)) / ROUNDS); into.length < until; edits += 1) {
      const cluster = fleet[edits % fleet.length];
      if (cluster === undefined) return;
      into.push(await editTemplate(bench, cluster, Math.floor(edits / fleet.length)));
    }
  };
  const alone = async (round: number): Promise<void> => {
    await bench.controller.inStep(0, bench.signal);
    await editSome(calm, round);
  };
  const beside = async (round: number): Promise<void> => {
    if (options.broken === 0) return;
    const broken = brokenOf(options.broken, round);
    costs.push(await breakThem(bench, broken));
    await editSome(disturbed, round);
    await remove(bench, broken);
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    const turns = round % 2 === 0 ? [alone, beside] : [beside, alone];
    for (const turn of turns) await turn(round);
  }
  say('calm');
  const told1 = told(latenciesOf(calm));
  if (costs.length === 0) return { calm: told1, disturbed: undefined, broken: undefined };
  say('beside broken clusters');
  return { calm: told1, disturbed: told(latenciesOf(disturbed)), broken: summed(costs) };
}

function brokenOf(count: number, round: number): readonly FleetCluster[] {
  return fleetOf(count, { word: 'broken', prefix: `r${round}c` }).map((cluster, index) => {
    const namespace = index % 4 < 2 ? QUOTA : FOREIGN;
    return { ...cluster, namespace, statefulSet: `${namespace}/${cluster.statefulSet.split('/')[1] ?? ''}` };
  });
}

async function breakThem(bench: Bench, broken: readonly FleetCluster[]): Promise<Broken> {
  const { client, signal } = bench;
  const { seconds, requests, cpuSeconds } = await costOf(bench, async () => {
    for (const cluster of broken) {
      const name = cluster.statefulSet.split('/')[1] ?? '';
      if (cluster.namespace === FOREIGN) await client.create(StatefulSets, foreignSet(name), signal);
      await client.create(cluster.kind.resource, manifestOf(cluster), signal);
    }
    await delay(FAILING_MS, undefined, { signal });
  });
  return { clusters: broken.length, seconds, requests, cpuSeconds };
}

async function remove({ client, signal }: Bench, broken: readonly FleetCluster[]): Promise<void> {
  for (const cluster of broken) {
    const { metadata }: KubeObject = await client.get(cluster.kind.resource, cluster, signal);
    await client.delete(cluster.kind.resource, cluster, { uid: metadata.uid ?? '' }, signal);
  }
}

function summed(costs: readonly Broken[]): Broken {
  const sum = (of: (cost: Broken) => number): number => costs.reduce((all, cost) => all + of(cost), 0);
  return {
    clusters: costs[0]?.clusters ?? 0,
    seconds: sum(({ seconds }) => seconds),
    requests: sum(({ requests }) => requests),
    cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds),
  };
}

/** No controller fills in the quota's status here, and admission decides by it. */
async function prepare({ client, signal }: Bench): Promise<void> {
  for (const name of [QUOTA, FOREIGN])
    await client.create(Namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, signal);
  const hard = { 'count/statefulsets.apps': '0' };
  const metadata = { name: 'none', namespace: QUOTA };
  await client.create(ResourceQuotas, { apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard } }, signal);
  const status = { hard, used: { 'count/statefulsets.apps': '0' } };
  await client.mergePatch(ResourceQuotas, metadata, { body: { status }, subresource: 'status' }, signal);
}

function foreignSet(name: string): StatefulSet {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, namespace: FOREIGN },
    spec: {
      serviceName: name,
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'registry.test/foreign:1' }] } },
    },
  };
}
