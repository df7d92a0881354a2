/** Whether two JSON values say the same: the order of fields does not count, and an undefined field is none. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return (a ?? null) === (b ?? null);
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  return !Array.isArray(b) && sameFields(a as Fields, b as Fields);
}

/** As {@link sameJson}, leaving these fields out. */
export function sameExcept(a: object, b: object, except: ReadonlySet<string>): boolean {
  return sameFields(a as Fields, b as Fields, except);
}

type Fields = Readonly<Record<string, unknown>>;

function sameFields(a: Fields, b: Fields, except?: ReadonlySet<string>): boolean {
  for (const name of Object.keys(a)) {
    if (except?.has(name) !== true && !sameField(a[name], b[name])) return false;
  }
  for (const name of Object.keys(b)) {
    if (a[name] === undefined && b[name] !== undefined && except?.has(name) !== true) return false;
  }
  return true;
}

/** A field that says null is not the same as one that is absent. */
function sameField(a: unknown, b: unknown): boolean {
  return (a === undefined) === (b === undefined) && sameJson(a, b);
}
