/**
 * Compares two resourceVersions of one resource type. Kubernetes 1.35 promises that they are growing decimal numbers; from
 * a server that does otherwise they can only be compared for equality, and the answer is undefined.
 */
export function compareResourceVersions(a: string, b: string): number | undefined {
  if (a === b) return 0;
  if (!DECIMAL.test(a) || !DECIMAL.test(b)) return undefined;
  // They exceed 2^53: compare as text.
  if (a.length !== b.length) return a.length < b.length ? -1 : 1;
  return a < b ? -1 : 1;
}

const DECIMAL = /^[1-9]\d*$/;
