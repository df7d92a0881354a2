import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { apiServerUrl, apiServiceIp, nodeIp, nodeName } from './addresses.ts';
import { run } from './run.ts';
import type { StatePaths } from './paths.ts';

interface Identity {
  readonly name: string;
  readonly subject: string;
  readonly alternativeNames: string;
}

const identities: readonly Identity[] = [
  {
    name: 'apiserver',
    subject: '/CN=kube-apiserver',
    alternativeNames: [
      'DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:localhost',
      `IP:127.0.0.1,IP:${apiServiceIp},IP:${nodeIp}`,
    ].join(','),
  },
  { name: 'admin', subject: '/O=system:masters/CN=admin', alternativeNames: 'DNS:admin' },
  {
    name: 'controller-manager',
    subject: '/CN=system:kube-controller-manager',
    alternativeNames: 'DNS:controller-manager',
  },
  { name: 'scheduler', subject: '/CN=system:kube-scheduler', alternativeNames: 'DNS:scheduler' },
  {
    name: 'kubelet',
    subject: `/O=system:nodes/CN=system:node:${nodeName}`,
    alternativeNames: `DNS:${nodeName},IP:${nodeIp}`,
  },
  { name: 'proxy', subject: '/CN=system:kube-proxy', alternativeNames: 'DNS:proxy' },
];

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
const days = ['-days', '3650'];

/** Makes the authority, the certificates and the kubeconfig files that are missing. Keys stay in the state folder. */
export async function ensurePki(state: StatePaths): Promise<void> {
  await mkdir(state.pki, { recursive: true, mode: 0o700 });
  const file = (name: string): string => join(state.pki, name);
  if (!existsSync(file('ca.crt'))) {
    // The certificate is renamed into place last: a crash in between makes both anew.
    const subject = ['-subj', '/CN=navigator-lab'];
    const out = ['-keyout', file('ca.key'), '-out', file('ca.tmp')];
    await run('openssl', ['req', '-x509', ...newKey, '-nodes', ...days, ...subject, ...out]);
    await rename(file('ca.tmp'), file('ca.crt'));
  }
  if (!existsSync(file('sa.key'))) {
    await run('openssl', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', file('sa.tmp')]);
    await rename(file('sa.tmp'), file('sa.key'));
  }
  for (const identity of identities) {
    if (!existsSync(file(`${identity.name}.crt`))) await sign(identity, file);
    if (identity.name !== 'apiserver') await writeKubeconfig(state, identity.name);
  }
}

async function sign(identity: Identity, file: (name: string) => string): Promise<void> {
  const { name } = identity;
  await writeFile(file(`${name}.ext`), `subjectAltName=${identity.alternativeNames}\n`);
  const request = ['-keyout', file(`${name}.key`), '-out', file(`${name}.csr`)];
  await run('openssl', ['req', ...newKey, '-nodes', '-subj', identity.subject, ...request]);
  const authority = ['-CA', file('ca.crt'), '-CAkey', file('ca.key'), '-CAcreateserial'];
  const out = ['-extfile', file(`${name}.ext`), '-out', file(`${name}.tmp`)];
  await run('openssl', ['x509', '-req', '-in', file(`${name}.csr`), ...authority, ...days, ...out]);
  await rename(file(`${name}.tmp`), file(`${name}.crt`));
  await Promise.all([rm(file(`${name}.ext`)), rm(file(`${name}.csr`))]);
}

/** Kubeconfigs are YAML, and JSON is YAML. */
async function writeKubeconfig(state: StatePaths, name: string): Promise<void> {
  const encoded = async (file: string): Promise<string> => (await readFile(join(state.pki, file))).toString('base64');
  const cluster = {
    server: apiServerUrl,
    'certificate-authority-data': await encoded('ca.crt'),
  };
  const user = {
    'client-certificate-data': await encoded(`${name}.crt`),
    'client-key-data': await encoded(`${name}.key`),
  };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'navigator',
    clusters: [{ name: 'navigator', cluster }],
    users: [{ name, user }],
    contexts: [{ name: 'navigator', context: { cluster: 'navigator', user: name } }],
  };
  const path = kubeconfigPath(state, name);
  await writeFile(`${path}.tmp`, JSON.stringify(config, undefined, 2), { mode: 0o600 });
  await rename(`${path}.tmp`, path);
}

/** Kubeconfig of a part (`controller-manager`, `kubelet`, …) or of the administrator (`admin`). */
export function kubeconfigPath(state: StatePaths, name: string): string {
  return name === 'admin' ? state.adminConf : join(state.dir, `${name}.conf`);
}
