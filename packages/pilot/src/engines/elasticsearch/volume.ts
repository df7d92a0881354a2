import { constants } from 'node:fs';
import { access, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PilotSpec } from '@navigator/api-types';
import { z } from 'zod';
import { isOurs } from '../../data-version.ts';

/**
 * On the data volume, from before the first start until the cluster has formed: this node was empty when it was told to
 * form the cluster with these members. Without it a crash in the middle of forming would leave a node that holds a few
 * files, is no longer told to form, and waits for ever.
 */
const MARKER = '.navigator-forming.json';

const markerSchema = z.object({ initialMembers: z.array(z.string()) });

/** Throws when the data folder cannot be read and written, e.g. because the volume belongs to another user. */
export async function checkDataFolder(data: string): Promise<void> {
  await access(data, constants.R_OK | constants.W_OK | constants.X_OK);
  await readdir(data);
}

/** The members that this node shall form the cluster with at this start; undefined when it may only join. */
export async function membersToForm(
  data: string,
  spec: PilotSpec,
  node: { readonly podName: string; readonly isMaster: boolean },
): Promise<readonly string[] | undefined> {
  const members = spec.bootstrap?.initialMembers;
  if (members === undefined || !node.isMaster || !members.includes(node.podName)) return undefined;
  const isEmpty = (await readdir(data)).every((name) => name === 'lost+found' || isOurs(name));
  if (isEmpty) {
    await writeFile(join(data, MARKER), JSON.stringify({ initialMembers: members }), { flush: true });
    return members;
  }
  // With data of a cluster that was formed before, a second one must not form beside it.
  return (await beganForming(data, members)) ? members : undefined;
}

/** The cluster has formed: whatever happens now, this volume never forms another one. */
export async function forgetForming(data: string): Promise<void> {
  await rm(join(data, MARKER), { force: true });
}

async function beganForming(data: string, members: readonly string[]): Promise<boolean> {
  let marker: unknown;
  try {
    marker = JSON.parse(await readFile(join(data, MARKER), 'utf8'));
  } catch {
    return false;
  }
  const parsed = markerSchema.safeParse(marker);
  return parsed.success && JSON.stringify(parsed.data.initialMembers) === JSON.stringify(members);
}
