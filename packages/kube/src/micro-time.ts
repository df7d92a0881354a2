/** RFC 3339 with microseconds, as Leases want it: the API server answers 400 to milliseconds there. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}

/** RFC 3339 in whole seconds, as `metav1.Time` is written. */
export function secondTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
