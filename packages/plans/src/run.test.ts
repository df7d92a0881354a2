import { expect, test } from 'vitest';
import { plansOf } from './catalogue.ts';
import { formatPlan, parsePlan } from './plan-id.ts';
import { cleanRun, runPlan } from './run.ts';
import { workloadNamed } from './workloads/registry.ts';

test('an id says everything about a plan', () => {
  const id = 'T1:one-create-es:crash:7:after';
  expect(formatPlan(parsePlan(id))).toBe(id);
  expect(() => parsePlan('T99:one-create-es:none')).toThrow('is no plan');
});

test('a plan is the same each time it is played', { timeout: 30_000 }, async () => {
  const id = 'T14:one-create-cass:mixed:3:25';
  const [first, second] = [await runPlan(id, true), await runPlan(id, true)];
  expect(second.trace.length).toBeGreaterThan(50);
  const withoutIds = (trace: readonly string[]): string[] => trace.map((line) => line.replaceAll(/"reconcileId":"\w+"/g, ''));
  expect(withoutIds(second.trace)).toEqual(withoutIds(first.trace));
});

test('a crash happens where the plan says', { timeout: 30_000 }, async () => {
  const { trace, divergences } = await runPlan('T1:one-create-es:crash:5:after', true);
  expect(divergences).toEqual([]);
  expect(trace.filter((line) => line.includes('controller crashes'))).toHaveLength(1);
});

test('the quick set of a workload is the same each time, and no plan is in it twice', { timeout: 30_000 }, async () => {
  const workload = workloadNamed('one-upgrade-cass');
  const clean = await cleanRun(workload);
  const plans = plansOf(workload, clean, 'quick');
  expect(plansOf(workload, clean, 'quick')).toEqual(plans);
  expect(new Set(plans).size).toBe(plans.length);
});

test('a plan for a workload that there is not is refused with those that there are', async () => {
  await expect(runPlan('T1:nonsense:crash:1:after')).rejects.toThrow('one-create-es');
});
