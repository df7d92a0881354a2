import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NodeContext, NodeEngine, PilotEngine } from './engine.ts';

export interface EngineContract {
  readonly engine: PilotEngine;
  /** A configuration that the engine takes. */
  readonly config: Readonly<Record<string, unknown>>;
  /** A node of this engine, in this pod, whose image lies below an empty folder and whose database listens nowhere. */
  nodeWithout(context: NodeContext, image: string): NodeEngine;
}

const spec = { cluster: { kind: 'K', name: 'demo' }, nodePool: 'p', seeds: [] };

/** What the generic pilot relies on, whatever the database; each engine's test runs it. */
export function describeEngine({ engine, config, nodeWithout }: EngineContract): void {
  describe(`engine ${engine.name} keeps the contract`, () => {
    let root: string;
    let context: NodeContext;

    beforeEach(async () => {
      root = await mkdtemp(join(tmpdir(), `navigator-${engine.name}-`));
      const places = { runDir: join(root, 'run'), sharedDir: join(root, 'shared') };
      context = { podName: 'x-demo-p-0', namespace: 'default', podIp: '127.0.0.1', nodeName: 'n', ...places };
    });
    afterEach(async () => {
      await rm(root, { recursive: true });
    });

    test('takes its configuration', () => {
      expect(engine.forNode(context, config).drainTimeoutMs).toBeGreaterThan(0);
    });

    test('says which version may open which data: the same and a newer one always, a major one never goes back', async () => {
      const { versions } = nodeWithout(context, join(root, 'image'));
      expect(versions?.canGoBack('9.0.0', '8.19.9')).toBe(false);
      expect(await versions?.imageVersion()).toBeUndefined();
    });

    test.each([undefined, null, 'text', 1, [], {}])('refuses %j as configuration', (bad) => {
      expect(() => engine.forNode(context, bad)).toThrow(expect.objectContaining({ code: 'InvalidPilotConfig' }));
    });

    test.each(Object.keys(config))('refuses a configuration without %s or with a wrong one', (name) => {
      const { [name]: _removed, ...rest } = config;
      for (const bad of [rest, { ...rest, [name]: { wrong: true } }]) {
        expect(() => engine.forNode(context, bad)).toThrow(expect.objectContaining({ code: 'InvalidPilotConfig' }));
      }
    });

    test('a volume that cannot be looked at is an error, never a verdict', async () => {
      const node = nodeWithout(context, join(root, 'image'));
      await expect(node.checkVolume(spec, AbortSignal.timeout(5000))).rejects.toBeInstanceOf(Error);
    });

    test('configuration that cannot be rendered is an error', async () => {
      const node = nodeWithout(context, join(root, 'image'));
      await expect(node.prepare(spec, AbortSignal.timeout(5000))).rejects.toBeInstanceOf(Error);
    });

    test('a database that does not listen is unknown: no error counts as ready, nothing counts as empty', async () => {
      const node = nodeWithout(context, join(root, 'image'));
      const observation = await node.observe(AbortSignal.timeout(5000)).catch(() => undefined);
      if (observation === undefined) return;
      expect(observation.ready).toBe(false);
      for (const field of ['data', 'view', 'version']) expect(observation).not.toHaveProperty(field);
    });

    test('draining a database that does not listen fails rather than claims success', async () => {
      const node = nodeWithout(context, join(root, 'image'));
      await expect(node.drain(AbortSignal.timeout(5000))).rejects.toBeInstanceOf(Error);
    });
  });
}

/** A port on loopback where nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 1;
}
