import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { ApiServer } from './api-server.ts';

const FOLDER = join(import.meta.dirname, '../../../deploy/crds');
const DEADLINE_MS = 20_000;

/** Installs deploy/crds and waits until every kind is served. */
export async function installCrds(api: ApiServer): Promise<void> {
  for (const file of await readdir(FOLDER)) {
    const crd = parse(await readFile(join(FOLDER, file), 'utf8'), { version: '1.1' });
    await api.ok({ method: 'POST', path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', body: crd });
    const { group, names, versions } = crd.spec;
    await served(api, `/apis/${group}/${versions[0].name}/namespaces/default/${names.plural}`);
  }
}

/** A CRD is served a moment after it is established. */
async function served(api: ApiServer, path: string): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while ((await api.call({ path })).status !== 200) {
    if (Date.now() > deadline) throw new Error(`${path} is not served`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
