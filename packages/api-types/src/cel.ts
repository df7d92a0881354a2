/**
 * Builders of CEL text (https://kubernetes.io/docs/reference/using-api/cel/). Only functions that Kubernetes 1.29 knows
 * are used: `semver()` for one came later, so versions are compared as numbers.
 */

/** Pattern of a version in CEL and in JavaScript. Parts have at most four digits so that they can be put into one number. */
export const VERSION_PATTERN = '^[0-9]{1,4}[.][0-9]{1,4}[.][0-9]{1,4}$';

/** A text as a CEL literal. */
export function celString(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** `Pool {pool} is …` with `{ pool: 'self.name' }` as a CEL expression that builds the sentence. */
export function celTemplate(template: string, words: Readonly<Record<string, string>>): string {
  return template
    .split(/\{(\w+)\}/)
    .map((part, index) => (index % 2 === 1 ? (words[part] ?? celString(`{${part}}`)) : celString(part)))
    .filter((part) => part !== "''")
    .join(' + ');
}

/** The same sentence in JavaScript. */
export function fillTemplate(template: string, words: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (whole, word: string) => words[word] ?? whole);
}

/** Whether a CEL string expression holds a whole version. */
export function celIsVersion(version: string): string {
  return `${version}.matches(${celString(VERSION_PATTERN)})`;
}

/** A version as one number that sorts as versions do: 8.19.9 becomes 8 * 10^8 + 19 * 10^4 + 9. */
export function celVersionNumber(version: string): string {
  return `(${celVersionPart(version, 0)} * 100000000 + ${celVersionPart(version, 1)} * 10000 + ${celVersionPart(version, 2)})`;
}

/** Major (0), minor (1) or patch (2) of a version. */
export function celVersionPart(version: string, index: 0 | 1 | 2): string {
  return `int(${version}.split('.')[${index}])`;
}

/** Whether a field is a smaller or equal quantity than another; true as well when one of them is no quantity at all. */
export function celQuantityAtMost(smaller: string, larger: string): string {
  const bothValid = `isQuantity(string(${smaller})) && isQuantity(string(${larger}))`;
  return `!(${bothValid}) || ${celQuantity(smaller)}.compareTo(${celQuantity(larger)}) <= 0`;
}

/** Whether a field is at least a fixed quantity; true as well when it is no quantity at all. */
export function celQuantityAtLeast(field: string, minimum: string): string {
  return `!isQuantity(string(${field})) || ${celQuantity(field)}.compareTo(quantity(${celString(minimum)})) >= 0`;
}

/** Quantities may be written as text or as an integer. */
function celQuantity(field: string): string {
  return `quantity(string(${field}))`;
}
