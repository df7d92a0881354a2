/** A version as databases write it: `8.15.0`, `5.0-rc1`, `9.0.0-SNAPSHOT`. */
const VERSION = /^(\d+)\.(\d+)(?:\.(\d+))?([-~].+)?$/;

/** Negative when `a` is older than `b`; undefined when one of them is no version. What comes before a release is older than it. */
export function compareVersions(a: string, b: string): number | undefined {
  const [left, right] = [VERSION.exec(a), VERSION.exec(b)];
  if (left === null || right === null) return undefined;
  for (const part of [1, 2, 3]) {
    const difference = Number(left[part] ?? 0) - Number(right[part] ?? 0);
    if (difference !== 0) return difference;
  }
  const [before, after] = [left[4], right[4]];
  if (before === after) return 0;
  if (before === undefined || after === undefined) return before === undefined ? 1 : -1;
  return before < after ? -1 : 1;
}

/** Whether both are patch releases of one line, e.g. `4.1.4` and `4.1.10`. */
export function areOfOneLine(a: string, b: string): boolean {
  const [left, right] = [VERSION.exec(a), VERSION.exec(b)];
  return left !== null && right !== null && left[1] === right[1] && left[2] === right[2];
}
