import type { Source } from './source.ts';

type Graph = ReadonlyMap<string, readonly string[]>;

/** Which file loads which at run time; type-only imports are gone by then. */
function runtimeGraph(sources: readonly Source[]): Graph {
  return new Map(
    sources.map(({ path, imports }) => [
      path,
      imports.flatMap(({ typeOnly, target }) => (typeOnly || target === undefined ? [] : [target])),
    ]),
  );
}

/** Every cycle of run-time imports once, as `a → b → a`. */
export function cycles(sources: readonly Source[]): readonly string[] {
  const graph = runtimeGraph(sources);
  const done = new Set<string>();
  const found: string[] = [];
  function visit(path: string, trail: readonly string[]): void {
    const start = trail.indexOf(path);
    if (start !== -1) {
      found.push([...trail.slice(start), path].join(' → '));
      return;
    }
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  }
  for (const path of graph.keys()) visit(path, []);
  return found;
}

/** Chains of run-time imports by which `entry` reaches one of the packages, e.g. `main.ts → x.ts → fastify`. */
export function chainsTo(sources: readonly Source[], entry: string, packages: readonly string[]): readonly string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const seen = new Set<string>();
  const found: string[] = [];
  function visit(path: string, trail: readonly string[]): void {
    if (seen.has(path)) return;
    seen.add(path);
    for (const { typeOnly, specifier, target } of byPath.get(path)?.imports ?? []) {
      if (typeOnly) continue;
      if (packages.some((name) => specifier === name || specifier.startsWith(`${name}/`)))
        found.push([...trail, path, specifier].join(' → '));
      if (target !== undefined) visit(target, [...trail, path]);
    }
  }
  visit(entry, []);
  return found;
}
