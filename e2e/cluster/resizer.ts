// A STAND-IN for external-resizer. The lab's volumes are folders of local-path-provisioner, which cannot expand, and a CSI
// driver that can is not to be had from the package registries. So this process does to the API objects what the resizer
// of an expanding driver would do (claim's condition Resizing, volume's capacity, claim's capacity) and to the disk
// nothing: a folder has no size. What is tested with it is everything above the storage driver.
//
// usage: resizer.ts KUBECTL KUBECONFIG; runs until SIGTERM.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseBytes } from './quantity.ts';
import { run } from './run.ts';

/** What the stand-in reads of a claim. */
export interface Claim {
  readonly namespace: string;
  readonly name: string;
  readonly volume: string;
  readonly asked: string;
  readonly has: string;
}

const fields = [
  'metadata.namespace',
  'metadata.name',
  'spec.volumeName',
  'spec.resources.requests.storage',
  'status.capacity.storage',
];
/** One line for each claim and each change of it. */
const lineFormat = `${fields.map((field) => `{.${field}}`).join('|')}{"\\n"}`;

/** Reads a line of `kubectl get pvc --watch`. Undefined for a claim that has all that it asks for, or is not bound. */
export function parseClaim(line: string): Claim | undefined {
  const [namespace, name, volume, asked, has] = line.split('|');
  if (!namespace || !name || !volume || !asked || !has) return undefined;
  const askedBytes = parseBytes(asked);
  const hasBytes = parseBytes(has);
  if (askedBytes === undefined || hasBytes === undefined || askedBytes <= hasBytes) return undefined;
  return { namespace, name, volume, asked, has };
}

/** kubectl and the flags that name the cluster. */
type Kubectl = readonly [string, ...string[]];

async function watchClaims(kubectl: Kubectl, signal: AbortSignal): Promise<void> {
  const args = ['get', 'pvc', '-A', '--watch', '-o', `jsonpath=${lineFormat}`];
  // The watcher ends with this process, however this ends.
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', ...kubectl, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    signal,
  });
  child.on('error', () => undefined); // the abort; anything else ends the loop below, too
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const claim = parseClaim(line);
      if (claim !== undefined) await resizeIfStillAsked(claim, kubectl);
    }
  } finally {
    child.kill();
  }
}

/** The line may be old: this very process changes the claim several times. */
async function resizeIfStillAsked(seen: Claim, kubectl: Kubectl): Promise<void> {
  const args = ['get', 'pvc', seen.name, '-n', seen.namespace, '--ignore-not-found'];
  const claim = parseClaim(await call(kubectl, [...args, '-o', `jsonpath=${lineFormat}`]));
  if (claim !== undefined) await resize(claim, kubectl);
}

async function resize(claim: Claim, kubectl: Kubectl): Promise<void> {
  const { namespace, name, volume, asked } = claim;
  const patch = async (args: readonly string[], body: object): Promise<void> => {
    await call(kubectl, ['patch', ...args, '--type=merge', '-p', JSON.stringify(body)]);
  };
  const status = ['pvc', name, '-n', namespace, '--subresource=status'];
  const resizing = { type: 'Resizing', status: 'True', lastTransitionTime: new Date().toISOString() };
  await patch(status, { status: { conditions: [resizing] } });
  await patch(['pv', volume], { spec: { capacity: { storage: asked } } });
  await patch(status, { status: { capacity: { storage: asked }, conditions: [] } });
  process.stdout.write(`${namespace}/${name}: ${claim.has} to ${asked}\n`);
}

async function call([command, ...flags]: Kubectl, args: readonly string[]): Promise<string> {
  return (await run(command, [...flags, ...args], { deadlineMs: 15_000 })).stdout.trim();
}

async function main(kubectl: Kubectl): Promise<void> {
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  while (!stop.signal.aborted) {
    // Each new watch starts with all claims, so what failed is tried again.
    await watchClaims(kubectl, stop.signal).catch((error: unknown) => {
      if (!stop.signal.aborted) process.stderr.write(`${String(error)}\n`);
    });
    await sleep(1000, undefined, { signal: stop.signal }).catch(() => undefined);
  }
}

if (import.meta.main) await main([process.argv[2] ?? '', '--kubeconfig', process.argv[3] ?? '']);
