/** A signal that aborts with the first SIGTERM or SIGINT; a second one ends the process as usual. */
export function shutdownSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => controller.abort(new DOMException(name, 'AbortError')));
  }
  return controller.signal;
}
