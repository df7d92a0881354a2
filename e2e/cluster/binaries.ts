// The programs that are built from source with Go, because the Go module proxy is a package registry and the usual
// download sites are not. Kubernetes needs a go.mod of its own (folder kubernetes/): its staging modules are replaced by
// their releases. CoreDNS has a main of ours (folder coredns/), with few plugins. The rest is installed as released.
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, cachePath } from './cache.ts';
import { run } from './run.ts';
import type { Progress } from './progress.ts';

interface GoBuild {
  readonly version: string;
  readonly programs: readonly string[];
  /** A folder beside this file with go.mod and go.sum, and what to install in it; or a package path, at the version. */
  readonly source: { readonly module: string; readonly target: 'tool' | '.' } | { readonly package: string };
  readonly ldflags?: string;
  /** Built name → name in the cache. */
  readonly rename?: Readonly<Record<string, string>>;
  readonly minutes: number;
}

const kubernetesVersion = '1.35.4';
const versionVariable = 'k8s.io/component-base/version';

/** What is built, in this order, and how long each takes cold on two cores. */
const builds = {
  kubernetes: {
    version: kubernetesVersion,
    programs: ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'kubelet', 'kubectl'],
    source: { module: 'kubernetes', target: 'tool' },
    // Without these the server calls itself v0.0.0 and clients refuse it.
    ldflags: [
      `-X ${versionVariable}.gitVersion=v${kubernetesVersion}`,
      `-X ${versionVariable}.gitMajor=1 -X ${versionVariable}.gitMinor=35`,
    ].join(' '),
    minutes: 5,
  },
  etcd: {
    version: '3.6.5',
    programs: ['etcd', 'etcdctl'],
    source: { module: 'etcd', target: 'tool' },
    rename: { server: 'etcd' },
    minutes: 1,
  },
  'local-path-provisioner': {
    version: '0.0.30',
    programs: ['local-path-provisioner'],
    source: { package: 'github.com/rancher/local-path-provisioner' },
    minutes: 1,
  },
  coredns: {
    version: '1.14.7',
    programs: ['coredns'],
    source: { module: 'coredns', target: '.' },
    minutes: 2,
  },
  helm: {
    version: '4.3.1',
    programs: ['helm'],
    source: { package: 'helm.sh/helm/v4/cmd/helm' },
    minutes: 2,
  },
} as const satisfies Record<string, GoBuild>;

/** The name of a group of programs that is built together. */
export type BuildName = keyof typeof builds;

/** Every group, in the order in which it is built. */
export const buildNames: readonly BuildName[] = ['kubernetes', 'etcd', 'local-path-provisioner', 'coredns', 'helm'];

/** `coredns-1.14.7`: the group's name and pinned version. */
export function buildKey(name: BuildName): string {
  return `${name}-${builds[name].version}`;
}

/** A group's folder in the cache, there or not. */
export function buildPath(name: BuildName): string {
  return cachePath(join('bin', buildKey(name)));
}

/** Path of a program in the cache, for instance `kubectl`. It exists after `ensureBuild`. Throws for an unknown name. */
export function programPath(program: string): string {
  for (const name of buildNames) {
    const build: GoBuild = builds[name];
    if (build.programs.includes(program)) return join(buildPath(name), program);
  }
  throw new Error(`no such program in the lab: ${program}`);
}

/** Builds a group unless it is in the cache. Returns its folder. */
export async function ensureBuild(name: BuildName, progress: Progress): Promise<string> {
  const build: GoBuild = builds[name];
  return cached(join('bin', buildKey(name)), (path) =>
    progress.step(`${buildKey(name)}: building, about ${build.minutes} min when cold`, () => goInstall(build, path)),
  );
}

async function goInstall(build: GoBuild, path: string): Promise<void> {
  const logPath = `${path}.log`;
  await rm(logPath, { force: true });
  await mkdir(path, { recursive: true });
  const flags = ['-trimpath', '-ldflags', ['-s -w', build.ldflags ?? ''].join(' ').trim()];
  const options = {
    env: { CGO_ENABLED: '0', GOBIN: path, GOFLAGS: '-buildvcs=false', GOGC: '400' },
    deadlineMs: 30 * 60_000,
    logPath,
  };
  if ('package' in build.source) {
    await run('go', ['install', ...flags, `${build.source.package}@v${build.version}`], options);
  } else {
    // A copy, because go may rewrite go.mod and the work tree stays as it is.
    const module = `${path}.module`;
    await rm(module, { recursive: true, force: true });
    await cp(join(import.meta.dirname, build.source.module), module, { recursive: true });
    await run('go', ['install', '-mod=mod', ...flags, build.source.target], { ...options, cwd: module });
    await rm(module, { recursive: true, force: true });
  }
  for (const [from, to] of Object.entries(build.rename ?? {})) {
    await rename(join(path, from), join(path, to));
  }
  await rm(logPath, { force: true });
}
