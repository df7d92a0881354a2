// The rules of the house that a machine can check. Each takes the sources and returns what breaks it, empty when all is well.
import { chainsTo, cycles } from './graph.ts';
import { isTest, type Source } from './source.ts';

export interface Rule {
  readonly name: string;
  check(sources: readonly Source[]): readonly string[];
}

/** Files that take data and return data. */
const PURE = [
  /^packages\/api-types\/src\//,
  /^packages\/controller\/src\/(actions|guards|resources|engines)\//,
  /^packages\/controller\/src\/security\/(plan-secrets|wanted)\.ts$/,
  /^packages\/controller\/src\/(evaluate|fixed-volumes|may-step|refused-step|plan|status|conditions|snapshot|suspension|validity)\.ts$/,
];
/** What a pure file may load beside other pure files. node:crypto for hashes. */
const PURE_MODULES = ['zod', 'semver', 'node:crypto', '@navigator/api-types'];
/** Names of @navigator/kube that are pure themselves: descriptors of kinds and makers of data. */
const PURE_KUBE_NAMES =
  /^([A-Z][A-Za-z]*s|NetworkPolicies|defineResource|resourceOf|resourceName|apiVersionOf|ownerReference\w*|controllerReference\w*|isOwnedBy|controllerOf|deepFreeze)$/;
const IMPURE_WORDS =
  /\b(Date\.now|Math\.random|performance\.now|process\.(?:env|argv|cwd|exit|hrtime|memoryUsage|on|pid|std)|console\.|setTimeout|setInterval|fetch\()|new Date\(\)/;

const ENGINE_FOLDER = /^(packages\/[^/]+\/src\/engines\/[^/]+)\//;
const ENGINE_NAMES = /(['"`])(?:(?!\1).)*(elasticsearch|cassandra)(?:(?!\1).)*\1/i;

/** Packages from the bottom up: each may import those before it (controller and pilot know nothing of each other). */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'api-types': [],
  kube: ['@navigator/api-types'],
  controller: ['@navigator/api-types', '@navigator/kube', '@navigator/kube/kubeconfig', '@navigator/kube/metrics'],
  pilot: ['@navigator/api-types', '@navigator/kube'],
  // A laboratory: it puts the parts of both together.
  plans: [
    '@navigator/api-types',
    '@navigator/kube',
    '@navigator/kube/testing',
    '@navigator/controller/lab',
    '@navigator/pilot/lab',
    '@navigator/pilot/lab/cassandra',
    '@navigator/pilot/lab/elasticsearch',
  ],
};

/** Too heavy for a process that runs beside every database. */
const NOT_IN_PILOT = ['@kubernetes/client-node', 'undici', 'fastify', 'pino', 'prom-client'];

function isPure(path: string): boolean {
  return !isTest(path) && PURE.some((pattern) => pattern.test(path));
}

const pureFiles: Rule = {
  name: 'pure files load nothing impure and ask no clock, no chance, no environment',
  check: (sources) =>
    sources
      .filter(({ path }) => isPure(path))
      .flatMap(({ path, code, imports }) => [
        ...imports
          .filter((entry) => !isPureImport(entry))
          .map(({ specifier, values }) => `${path} imports ${values.join(', ')} of ${specifier}`),
        ...(IMPURE_WORDS.exec(code) ?? []).slice(0, 1).map((word) => `${path} uses ${word}`),
      ]),
};

function isPureImport({ typeOnly, specifier, target, values }: Source['imports'][number]): boolean {
  if (typeOnly || PURE_MODULES.includes(specifier)) return true;
  if (specifier === '@navigator/kube') return values.every((name) => PURE_KUBE_NAMES.test(name));
  return target !== undefined && isPure(target);
}

const enginesApart: Rule = {
  name: 'an engine is imported by its own folder and by registry.ts only',
  check: (sources) =>
    sources
      .filter(({ path }) => !isTest(path) && !path.endsWith('/engines/registry.ts'))
      .flatMap(({ path, imports }) =>
        imports
          .map(({ target }) => ENGINE_FOLDER.exec(target ?? '')?.[1])
          .filter((folder) => folder !== undefined && !path.startsWith(`${folder}/`))
          .map((folder) => `${path} imports from ${folder}`),
      ),
};

const noEngineNames: Rule = {
  name: "no engine's name outside its folder",
  check: (sources) =>
    sources
      .filter(({ path }) => /^packages\/(kube|controller|pilot)\/src\//.test(path) && !isTest(path) && !ENGINE_FOLDER.test(path))
      .flatMap(({ path, code }) => (ENGINE_NAMES.exec(code) ?? []).slice(0, 1).map((word) => `${path} says ${word}`)),
};

const noCycles: Rule = { name: 'no cycle of run-time imports', check: cycles };

const layers: Rule = {
  name: 'packages import only those below them, by their entry',
  check: (sources) =>
    sources.flatMap(({ path, imports }) => {
      const own = /^packages\/([^/]+)\/src\//.exec(path)?.[1];
      if (own === undefined || isTest(path)) return [];
      return imports
        .filter(({ specifier, target }) => {
          if (specifier.startsWith('@navigator/')) return !(MAY_IMPORT[own] ?? []).includes(specifier);
          return target !== undefined && !target.startsWith(`packages/${own}/`);
        })
        .map(({ specifier }) => `${path} imports ${specifier}`);
    }),
};

const kubeIsGeneric: Rule = {
  name: 'kube takes only the error class from api-types',
  check: (sources) =>
    sources
      .filter(({ path }) => path.startsWith('packages/kube/src/') && !isTest(path))
      .flatMap(({ path, imports }) =>
        imports
          .filter(({ specifier }) => specifier === '@navigator/api-types')
          .flatMap(({ names }) => names.filter((name) => !/^NavigatorError(Options)?$/.test(name)))
          .map((name) => `${path} imports ${name}`),
      ),
};

const actionsRegistered: Rule = {
  name: 'every Action is in the registry',
  check: (sources) => {
    const registered = new Set(
      sources
        .filter(({ path }) => /\/(actions|engines)\/registry\.ts$/.test(path))
        .flatMap(({ imports }) => imports.map(({ target }) => target)),
    );
    return sources
      .filter(
        ({ path, code }) => path.includes('/actions/') && !isTest(path) && /^export const \w+: ActionDefinition\b/m.test(code),
      )
      .filter(({ path }) => !registered.has(path))
      .map(({ path }) => `${path} is not in registry.ts`);
  },
};

const lightPilot: Rule = {
  name: 'the pilot loads no heavy library',
  check: (sources) => chainsTo(sources, 'packages/pilot/src/main.ts', NOT_IN_PILOT),
};

const sizes: Rule = {
  name: 'files stay small: median ≤ 100 lines, 95 % ≤ 350, none > 500',
  check: (sources) => {
    const counted = sources.filter(({ path }) => !isTest(path)).toSorted((a, b) => a.lines - b.lines);
    const at = (share: number) => counted[Math.min(counted.length - 1, Math.floor(counted.length * share))]?.lines ?? 0;
    return [
      ...(at(0.5) > 100 ? [`median is ${at(0.5)} lines`] : []),
      ...(at(0.95) > 350 ? [`95 % are below ${at(0.95)} lines`] : []),
      ...counted.filter(({ lines }) => lines > 500).map(({ path, lines }) => `${path} has ${lines} lines`),
    ];
  },
};

export const RULES = {
  pureFiles,
  enginesApart,
  noEngineNames,
  noCycles,
  layers,
  kubeIsGeneric,
  actionsRegistered,
  lightPilot,
  sizes,
} satisfies Record<string, Rule>;
