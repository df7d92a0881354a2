/** One line of /metrics. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Parses Prometheus' text format, as far as counters and gauges go. */
export function parseMetrics(text: string): readonly Sample[] {
  return [...text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)].map(([, name = '', labels = '', value = '']) => ({
    name,
    labels: Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', is = '']) => [label, is])),
    value: Number(value),
  }));
}

/** The sum of all samples of one name that have these labels. */
export function sumOf(samples: readonly Sample[], name: string, labels: Readonly<Record<string, string>> = {}): number {
  return samples
    .filter((sample) => sample.name === name && Object.entries(labels).every(([label, is]) => sample.labels[label] === is))
    .reduce((sum, { value }) => sum + value, 0);
}

/** Calls by verb and resource, e.g. `patch services`. */
export type Calls = Readonly<Record<string, number>>;

/** The calls that a controller has made so far. */
export function callsIn(samples: readonly Sample[]): Calls {
  const calls: Record<string, number> = {};
  for (const { name, labels, value } of samples) {
    if (name !== 'rest_client_requests_total') continue;
    const call = `${labels['verb']} ${labels['resource']}`;
    calls[call] = (calls[call] ?? 0) + value;
  }
  return calls;
}

/** What was called between two moments; kinds of call that were not made are left out. */
export function callsBetween(before: Calls, after: Calls): Calls {
  const differences = Object.entries(after).map(([call, count]) => [call, count - (before[call] ?? 0)] as const);
  return Object.fromEntries(differences.filter(([, count]) => count !== 0).toSorted(([a], [b]) => a.localeCompare(b)));
}

/** How many calls there were, by verb. */
export function byVerb(calls: Calls): Calls {
  const verbs: Record<string, number> = {};
  for (const [call, count] of Object.entries(calls)) {
    const verb = call.split(' ')[0] ?? '';
    verbs[verb] = (verbs[verb] ?? 0) + count;
  }
  return verbs;
}

/** All of them. */
export function total(calls: Calls): number {
  return Object.values(calls).reduce((sum, count) => sum + count, 0);
}

/** Those that change a cluster's objects or would; keeping the Lease is the price of high availability, not of clusters. */
export function writesIn(calls: Calls): number {
  return total(Object.fromEntries(Object.entries(calls).filter(([call]) => !/^(get|list|watch) |(leases)$/.test(call))));
}
