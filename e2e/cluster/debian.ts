import { run, RunError } from './run.ts';
import type { Progress } from './progress.ts';

/** What the lab takes from Debian, pinned by name: the versions are the distribution's (tried with Debian 12). */
const packages: readonly string[] = [
  // the node
  'containerd',
  'runc',
  'containernetworking-plugins',
  'iptables',
  'conntrack',
  'ebtables',
  'socat',
  'ethtool',
  'iproute2',
  'openssl',
  // the images
  'mmdebstrap',
  'busybox-static',
  'tini',
  'gcc',
  'libc6-dev',
  'unzip',
  'maven',
  'python3-pip',
];

/** Installs with apt-get what is missing, and only then touches apt. */
export async function ensureDebianPackages(progress: Progress): Promise<void> {
  const missing = await missingPackages();
  if (missing.length === 0) return;
  await progress.step(`Debian packages: installing ${missing.join(' ')}`, async () => {
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    await run('apt-get', ['-q', 'update'], { env, deadlineMs: 180_000 });
    const flags = ['-q', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300'];
    await run('apt-get', [...flags, 'install', ...missing], { env, deadlineMs: 600_000 });
  });
}

async function missingPackages(): Promise<string[]> {
  const format = '${Package} ${db:Status-Status}\n';
  const answer = await run('dpkg-query', ['-W', '-f', format, ...packages]).catch((error: unknown) => {
    // Exits with 1 when it does not know one of them: ask one by one.
    if (error instanceof RunError) return undefined;
    throw error;
  });
  const lines = answer?.stdout ?? (await Promise.all(packages.map(statusLine))).join('');
  const installed = new Set(
    lines
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return packages.filter((name) => !installed.has(name));
}

async function statusLine(name: string): Promise<string> {
  const format = '${Package} ${db:Status-Status}\n';
  const answer = await run('dpkg-query', ['-W', '-f', format, name]).catch(() => undefined);
  return answer?.stdout ?? '';
}
