import { CONDITION_TYPES } from '@navigator/api-types';
import type { KubeObject } from '@navigator/kube';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Execution } from './execute.ts';
import { readClusterStatus } from './observe.ts';

/** What Navigator counts beyond the runtime's own metrics. */
export interface NavigatorMetrics {
  readonly countAction: (action: string, outcome: Execution['ended']) => void;
}

/** Registers them. `clusters` gives all cluster objects; it is asked at each scrape. */
export function navigatorMetrics(registry: Registry, clusters: () => readonly KubeObject[]): NavigatorMetrics {
  const actions = new Counter({
    name: 'navigator_actions_total',
    help: 'Steps of Actions by name and how the pass that did them ended.',
    labelNames: ['action', 'outcome'],
    registers: [registry],
  });
  void new Gauge({
    name: 'navigator_clusters',
    help: 'Clusters by kind, condition and its status.',
    labelNames: ['kind', 'condition', 'status'],
    registers: [registry],
    collect() {
      this.reset();
      // Counted first: thirty thousand increments of a metric are a tenth of a second.
      for (const [words, count] of countConditions(clusters())) {
        const [kind = '', condition = '', status = ''] = words.split(' ');
        this.set({ kind, condition, status }, count);
      }
    },
  });
  return { countAction: (action, outcome) => actions.inc({ action, outcome }) };
}

/** By `kind condition status`. */
function countConditions(clusters: readonly KubeObject[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const cluster of clusters) {
    const { conditions } = readClusterStatus(cluster);
    for (const condition of CONDITION_TYPES) {
      const status = conditions.find(({ type }) => type === condition)?.status ?? 'Unknown';
      const words = `${cluster.kind} ${condition} ${status}`;
      counts.set(words, (counts.get(words) ?? 0) + 1);
    }
  }
  return counts;
}
