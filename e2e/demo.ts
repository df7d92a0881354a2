// `npm run demo`: from nothing to a real Elasticsearch and a real Cassandra on a real Kubernetes, then the story that
// Navigator was built for: an upgrade and a scale-out with one kubectl patch. May be run again at any time: what is
// there is used. `npm run demo -- --clean` takes everything away again.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import cassandra from 'cassandra-driver';
import { createProgress, ensureImages, openCluster, type Progress, type TestCluster } from './cluster/index.ts';
import { cassandraOf, makeTable, missingRows, writeRows } from './lib/cassandra.ts';
import { clean } from './lib/clean.ts';
import { elasticsearchOf, missingDocuments, writeDocuments } from './lib/elasticsearch.ts';
import { followEvents } from './lib/events.ts';
import { installNavigator, SYSTEM_NAMESPACE } from './lib/install.ts';
import { controllerRequests, difference, residentMiB } from './lib/measure.ts';
import { openNamespace, statusOf, waitReady, type Namespace } from './lib/objects.ts';
import { waitFor } from './cluster/wait.ts';

const ES = 'elasticsearchclusters.navigator.dev';
const CASS = 'cassandraclusters.navigator.dev';
const IMAGES = [
  'docker.elastic.co/elasticsearch/elasticsearch:8.15.0',
  'docker.elastic.co/elasticsearch/elasticsearch:8.19.9',
  'docker.io/library/cassandra:5.0.6',
];

interface Stage {
  readonly progress: Progress;
  readonly demo: Namespace;
  readonly system: Namespace;
  readonly figures: string[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      context: { type: 'string' },
      clean: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write('npm run demo -- [--context NAME] [--clean]\n');
  const progress = createProgress();
  const options = values.context === undefined ? { progress } : { progress, context: values.context };
  if (values.clean) return clean(options);
  const cluster = await openCluster(options);
  const figures = [`time to a Ready node: ${progress.elapsedSeconds().toFixed(0)} s (this run; cold the first time, warm after)`];
  if (cluster.local) await progress.step('Database images', async () => ensureImages(IMAGES, progress));
  await installNavigator(cluster, progress);
  const stage = {
    progress,
    figures,
    demo: await openNamespace(cluster, 'demo'),
    system: await openNamespace(cluster, SYSTEM_NAMESPACE),
  };
  using _events = followEvents(stage.demo, (line) => progress.say(line));
  await bring(stage, { kind: ES, file: 'elasticsearch.yaml', version: '8.15.0' });
  const ids = await useElasticsearch(stage);
  await bring(stage, { kind: CASS, file: 'cassandra.yaml', version: '5.0.6' });
  await useCassandra(stage);
  await story(stage, ids);
  await idle(stage);
  await finish(stage, cluster);
}

async function bring(stage: Stage, what: { kind: string; file: string; version: string }): Promise<void> {
  const { demo, progress, system, figures } = stage;
  const [short] = what.kind.split('.');
  const before = await controllerRequests(system);
  const began = Date.now();
  await progress.step(`kubectl apply -f e2e/manifests/${what.file}, until Ready`, async () => {
    const exists = (await demo.kubectl('get', what.kind, 'demo', '--ignore-not-found', '-o', 'name')) !== '';
    // A run before may have upgraded it: an older version would be refused, and rightly so.
    if (!exists) await demo.apply(readFileSync(new URL(`manifests/${what.file}`, import.meta.url), 'utf8'));
    await waitReady(demo, what.kind, 'demo', 900_000);
  });
  figures.push(
    `${short}: apply to Ready ${((Date.now() - began) / 1000).toFixed(0)} s; requests of the controller meanwhile: ${difference(before, await controllerRequests(system))}`,
  );
  await show(stage);
}

async function show({ demo, progress }: Stage): Promise<void> {
  progress.say('kubectl get esc,cass,plt,pods');
  const table = await demo.kubectl('get', `${ES},${CASS},pilots.navigator.dev,pods`);
  process.stdout.write(table.replaceAll(/^(?=.)/gm, '    '));
}

async function useElasticsearch({ demo, progress }: Stage): Promise<string[]> {
  await using access = await elasticsearchOf(demo, 'demo');
  // Awaited here: the client is closed when this function returns.
  return await progress.step('Elasticsearch: write 100 documents and read them back', async () => {
    const ids = await writeDocuments(access.client, 'demo', 100);
    const missing = await missingDocuments(access.client, 'demo', ids);
    if (missing.length > 0) throw new Error(`${missing.length} acknowledged documents cannot be read`);
    return ids;
  });
}

async function useCassandra({ demo, progress }: Stage): Promise<void> {
  await using access = await cassandraOf(demo, 'demo');
  await progress.step('Cassandra: write 100 rows and read them back from all replicas', async () => {
    await makeTable(access.client);
    await writeRows(access.client, 0, 100);
    const missing = await missingRows(access.client, 100, cassandra.types.consistencies.all);
    if (missing.length > 0) throw new Error(`${missing.length} acknowledged rows cannot be read`);
  });
}

async function story(stage: Stage, ids: readonly string[]): Promise<void> {
  const { demo, progress, figures } = stage;
  const patch = JSON.stringify([
    { op: 'replace', path: '/spec/version', value: '8.19.9' },
    { op: 'replace', path: '/spec/nodePools/0/replicas', value: 4 },
  ]);
  progress.say('One patch: 8.15.0 -> 8.19.9 and 3 -> 4 replicas. Watch the order: upgraded first, scaled after.');
  progress.say(`kubectl patch esc demo --type json -p '${patch}'`);
  const began = Date.now();
  await demo.kubectl('patch', ES, 'demo', '--type', 'json', '-p', patch);
  await waitFor(
    async () => {
      const status = statusOf(await demo.get(ES, 'demo'));
      return status.version === '8.19.9';
    },
    { what: 'every node on 8.19.9', deadlineMs: 900_000, everyMs: 1000 },
  );
  await waitReady(demo, ES, 'demo', 600_000);
  figures.push(`elasticsearchclusters: upgrade of 3 nodes and scale to 4: ${((Date.now() - began) / 1000).toFixed(0)} s`);
  await show(stage);
  await using access = await elasticsearchOf(demo, 'demo');
  const missing = await missingDocuments(access.client, 'demo', ids);
  if (missing.length > 0) throw new Error(`${missing.length} of ${ids.length} documents were lost in the upgrade`);
  progress.say(`All ${ids.length} documents written before the upgrade are there.`);
}

/** One minute in which nothing is asked for: the controller should write nothing at all. */
async function idle({ progress, system, figures }: Stage): Promise<void> {
  await progress.step('One idle minute, to count the requests of the controller', async () => {
    const before = await controllerRequests(system);
    const end = Date.now() + 60_000;
    await waitFor(async () => Date.now() >= end, { what: 'the end of the minute', deadlineMs: 70_000, everyMs: 1000 });
    figures.push(`requests of the controller in an idle minute: ${difference(before, await controllerRequests(system))}`);
  });
}

async function finish({ progress, demo, system, figures }: Stage, cluster: TestCluster): Promise<void> {
  for (const pod of await system.list('pods', 'app.kubernetes.io/name=navigator')) {
    figures.push(
      `resident memory of the controller (${pod.metadata.name}): ${residentMiB(system, pod, 'controller') ?? '?'} MiB`,
    );
  }
  for (const pod of await demo.list('pods')) {
    figures.push(`resident memory of the pilot in ${pod.metadata.name}: ${residentMiB(demo, pod, 'pilot') ?? '?'} MiB`);
  }
  progress.say('Measured:');
  for (const figure of figures) progress.say(`  ${figure}`);
  progress.say('Look around:');
  progress.say(`  export KUBECONFIG=${cluster.kubeconfigPath}`);
  progress.say('  kubectl -n demo get esc,cass,plt && kubectl -n demo describe esc demo');
  if (cluster.local) progress.say(`  (kubectl is ${cluster.bin('kubectl')})`);
  progress.say('Take everything away again: npm run demo -- --clean');
}

await main();
