// Nodes of an Elasticsearch that is in use are restarted, evicted, killed and lost.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hasDatabase, killController, killDatabase, killPilot } from '../../lib/faults.ts';
import { conditionOf, eventsOf, statusOf, waitReady, type Namespace } from '../../lib/objects.ts';
import { ES, eventually, openScenario, PILOT, podUids, removeNamespace } from '../../lib/scenario.ts';
import { underTraffic } from '../../lib/traffic/under-traffic.ts';

const MANIFEST = readFileSync(new URL('../../manifests/elasticsearch.yaml', import.meta.url), 'utf8').replace('8.15.0', '8.19.9');
const MINUTES = 60_000;
const PODS = ['es-demo-mixed-2', 'es-demo-mixed-1', 'es-demo-mixed-0'];
let namespace: Namespace;
let system: Namespace;

beforeAll(async () => {
  ({ namespace, system } = await openScenario('e2e-es-nodes'));
  await namespace.apply(MANIFEST);
  await waitReady(namespace, ES, 'demo', 8 * MINUTES);
});

afterAll(async () => {
  await removeNamespace(namespace.cluster, namespace.name);
});

const deed = { cluster: 'demo', deadlineMs: 10 * MINUTES } as const;

async function setMemoryRequest(memory: string): Promise<void> {
  const patch = [{ op: 'replace', path: '/spec/nodePools/0/resources/requests/memory', value: memory }];
  await namespace.kubectl('patch', ES, 'demo', '--type', 'json', '-p', JSON.stringify(patch));
}

test('rolling restart for other resources', async () => {
  const before = await podUids(namespace, 'demo');
  await underTraffic({ ...deed, namespace, scenario: 'resources changed', work: async () => setMemoryRequest('1000Mi') });
  const after = await podUids(namespace, 'demo');
  for (const name of PODS) expect(after.get(name)).not.toBe(before.get(name));
});

test('eviction of each pod, as kubectl drain does it', async () => {
  await underTraffic({
    ...deed,
    namespace,
    scenario: 'pods evicted',
    work: async (traffic) => {
      for (const name of PODS) {
        traffic.mark(`evict ${name}`);
        await evict(name);
        await waitReady(namespace, ES, 'demo', 5 * MINUTES);
      }
    },
  });
});

/** Asks the Eviction API until the disruption budget allows it and the pod is another one. */
async function evict(name: string): Promise<void> {
  const { uid } = (await namespace.get('pod', name)).metadata;
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: namespace.name } };
  await eventually(`${name} is evicted`, 5 * MINUTES, async () => {
    const now = await namespace.get('pod', name);
    if (now.metadata.uid !== uid) return true;
    const path = `/api/v1/namespaces/${namespace.name}/pods/${name}/eviction`;
    if (now.metadata['deletionTimestamp'] === undefined)
      await namespace.cluster.kubectl(['create', '--raw', path, '-f', '-'], { input: JSON.stringify(body) });
    return false;
  });
}

test('the controller killed at each step of a roll', async () => {
  await underTraffic({
    ...deed,
    namespace,
    scenario: 'controller killed in a roll',
    work: async (traffic) => {
      await setMemoryRequest('900Mi');
      for (const name of PODS) {
        await eventually(`the turn of ${name}`, 8 * MINUTES, async () => {
          const { plan } = statusOf(await namespace.get(ES, 'demo')) as { plan?: { target?: string }[] };
          return plan?.some(({ target }) => target === name) === true;
        });
        for (const pod of await system.list('pods', 'app.kubernetes.io/name=navigator')) {
          if (killController(pod)) traffic.mark(`kill controller at ${name}`);
        }
      }
    },
  });
});

test('a pilot killed in the middle of a drain, and a database by itself', async () => {
  await underTraffic({
    ...deed,
    namespace,
    scenario: 'pilot and database killed',
    work: async (traffic) => {
      const pod = await namespace.get('pod', 'es-demo-mixed-1');
      await traffic.harm('delete es-demo-mixed-1 and kill its pilot', async () => {
        await namespace.kubectl('delete', 'pod', 'es-demo-mixed-1', '--wait=false');
        killPilot(pod);
      });
      await eventually('another pod', 5 * MINUTES, async () => {
        return (await namespace.get('pod', 'es-demo-mixed-1')).metadata.uid !== pod.metadata.uid;
      });
      await waitReady(namespace, ES, 'demo', 5 * MINUTES);
      const other = await namespace.get('pod', 'es-demo-mixed-0');
      await traffic.harm('kill the database of es-demo-mixed-0', () => killDatabase(other));
      await eventually('it is seen', 2 * MINUTES, async () => {
        const { conditions } = statusOf(await namespace.get(ES, 'demo'));
        return conditions.some(({ type, status }) => type === 'Ready' && status === 'False');
      });
    },
  });
});

test('a pod and its volume lost', async () => {
  await underTraffic({
    ...deed,
    namespace,
    scenario: 'pod and volume lost',
    work: async (traffic) => {
      const claim = 'data-es-demo-mixed-2';
      const { uid } = (await namespace.get('pvc', claim)).metadata;
      await traffic.harm('delete pod and volume of es-demo-mixed-2', async () => {
        await namespace.kubectl('delete', 'pvc', claim, '--wait=false');
        await namespace.kubectl('delete', 'pod', 'es-demo-mixed-2', '--wait=false');
      });
      await eventually('another volume', 5 * MINUTES, async () => (await namespace.get('pvc', claim)).metadata.uid !== uid);
    },
  });
});

test('a node that serves replaced, since the claim of its volume was deleted', async () => {
  const before = await identityOf('es-demo-mixed-1');
  await underTraffic({
    ...deed,
    namespace,
    scenario: 'claim of a serving node deleted',
    work: async (traffic) => {
      traffic.mark('delete the claim of es-demo-mixed-1');
      await replaceByClaim('es-demo-mixed-1');
    },
  });
  expect(await identityOf('es-demo-mixed-1')).not.toBe(before);
  const told = (await eventsOf(namespace, 'demo')).filter(({ reason }) => reason === 'ReplaceNode').map(({ message }) => message);
  expect(told.join('\n')).toMatch(/gives its data and its vote away[^]*Replacing es-demo-mixed-1/);
});

test('a node replaced whose volume was damaged', async () => {
  const before = await identityOf('es-demo-mixed-0');
  await underTraffic({
    ...deed,
    namespace,
    scenario: 'volume damaged and its claim deleted',
    work: async (traffic) => {
      await traffic.harm('damage the volume of es-demo-mixed-0', async () => damageVolume('es-demo-mixed-0'));
      traffic.mark('delete the claim of es-demo-mixed-0');
      await replaceByClaim('es-demo-mixed-0');
    },
  });
  expect(await identityOf('es-demo-mixed-0')).not.toBe(before);
});

async function identityOf(pilot: string): Promise<string | undefined> {
  const { status } = await namespace.get(PILOT, pilot);
  return (status as { identity?: { id?: string } } | undefined)?.identity?.id;
}

/** As docs/tasks/replace-a-node.md has it: the claim alone is deleted. Returns when the node has another one. */
async function replaceByClaim(pod: string): Promise<void> {
  const claim = `data-${pod}`;
  const { uid } = (await namespace.get('pvc', claim)).metadata;
  await namespace.kubectl('delete', 'pvc', claim, '--wait=false');
  await eventually('another volume', 5 * MINUTES, async () => {
    const claims = await namespace.list('pvc', 'navigator.dev/cluster=demo');
    return claims.some(({ metadata }) => metadata.name === claim && metadata.uid !== uid);
  });
  await eventually('the status tells that it is not back', MINUTES, async () => {
    return conditionOf(await namespace.get(ES, 'demo'), 'Ready')?.status === 'False';
  });
}

/** The JVMs are stopped first, so that none writes its state anew. */
const DAMAGE = [
  'pids=$(for dir in /proc/[0-9]*; do [ "$(cat "$dir/comm")" = java ] && echo "${dir#/proc/}"; done)',
  'kill -STOP $pids',
  'for file in /usr/share/elasticsearch/data/_state/segments_*; do echo damaged > "$file"; done',
  'kill -KILL $pids',
].join('; ');

/** Elasticsearch does not start on what is left. */
async function damageVolume(pod: string): Promise<void> {
  await eventually(`the database of ${pod} cannot start`, 8 * MINUTES, async () => {
    const { status } = await namespace.get(PILOT, pod);
    const { phase, health, lastExit } = (status ?? {}) as { phase?: string; health?: string; lastExit?: { code?: number } };
    if (lastExit?.code !== undefined && lastExit.code < 128) return true;
    if (phase !== 'Running' || health !== 'Healthy') return false;
    // The container may end before the answer comes.
    await namespace.kubectl('exec', pod, '-c', 'elasticsearch', '--', 'sh', '-c', DAMAGE).catch(() => undefined);
    return false;
  });
}

test('the elected master suspended, looked into, and started again', async () => {
  const before = await podUids(namespace, 'demo');
  await underTraffic({
    ...deed,
    namespace,
    scenario: 'elected master suspended',
    work: async (traffic) => {
      const master = await electedMaster();
      await traffic.harm(`suspend ${master}`, () => namespace.patch(ES, 'demo', { spec: { suspendedNodes: [master] } }));
      await eventually(`${master} is suspended`, 5 * MINUTES, async () => {
        return (await namespace.get(PILOT, master)).status?.['phase'] === 'Suspended';
      });
      expect(hasDatabase(await namespace.get('pod', master))).toBe(false);
      const files = await namespace.kubectl('exec', master, '-c', 'elasticsearch', '--', 'ls', '/usr/share/elasticsearch/data');
      expect(files).toContain('_state');
      await eventually('another master leads', 2 * MINUTES, async () => (await electedMaster()) !== master);
      await eventually('the status names it', MINUTES, async () => {
        const ready = conditionOf(await namespace.get(ES, 'demo'), 'Ready');
        return ready?.status === 'False' && ready.reason === 'NodeSuspended' && ready.message.includes(`"${master}"`);
      });
      traffic.mark(`${master} may start`);
      await namespace.patch(ES, 'demo', { spec: { suspendedNodes: [] } });
    },
  });
  expect(await podUids(namespace, 'demo')).toEqual(before);
});

/** The pod whose own report says that it leads. */
async function electedMaster(): Promise<string> {
  const pilots = await namespace.list(PILOT, 'navigator.dev/cluster=demo');
  const leads = pilots.find(({ status }) => {
    const { phase, view } = (status ?? {}) as { phase?: string; view?: { authoritative?: boolean } };
    return phase === 'Running' && view?.authoritative === true;
  });
  return leads?.metadata.name ?? 'nobody';
}
