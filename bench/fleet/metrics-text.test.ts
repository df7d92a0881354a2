import { expect, test } from 'vitest';
import { byVerb, callsBetween, callsIn, parseMetrics, sumOf, total, writesIn } from './metrics-text.ts';

const TEXT = `# HELP workqueue_depth Keys
# TYPE workqueue_depth gauge
workqueue_depth{name="elasticsearch"} 3
workqueue_depth{name="cassandra"} 4
rest_client_requests_total{verb="patch",resource="services",code="201"} 5
rest_client_requests_total{verb="patch",resource="services",code="409"} 1
rest_client_requests_total{verb="patch",resource="leases",code="200"} 7
rest_client_requests_total{verb="get",resource="services",code="404"} 2
process_cpu_seconds_total 1.5e-1
`;

test('samples are summed by their labels', () => {
  const samples = parseMetrics(TEXT);
  expect(sumOf(samples, 'workqueue_depth')).toBe(7);
  expect(sumOf(samples, 'workqueue_depth', { name: 'cassandra' })).toBe(4);
  expect(sumOf(samples, 'process_cpu_seconds_total')).toBe(0.15);
});

test('calls are counted by verb and resource, whatever was answered', () => {
  const calls = callsIn(parseMetrics(TEXT));
  expect(calls).toEqual({ 'patch services': 6, 'patch leases': 7, 'get services': 2 });
  expect(callsBetween({ 'patch services': 4, 'get services': 2 }, calls)).toEqual({ 'patch leases': 7, 'patch services': 2 });
  expect(byVerb(calls)).toEqual({ patch: 13, get: 2 });
  expect(total(calls)).toBe(15);
});

test('reads and the Lease are no writes', () => {
  expect(writesIn(callsIn(parseMetrics(TEXT)))).toBe(6);
});
