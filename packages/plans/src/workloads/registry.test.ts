import { expect, test } from 'vitest';
import { ACTION_NAMES, ENGINES } from '@navigator/controller/lab';
import { CASSANDRA, ES } from './deeds.ts';
import { WORKLOADS } from './registry.ts';

test('every Action has a workload', () => {
  const covered = new Set(WORKLOADS.flatMap(({ actions }) => actions));
  expect(ACTION_NAMES.filter((name) => !covered.has(name))).toEqual([]);
});

test('every Action has a small workload, whose every call is disturbed', () => {
  const covered = new Set(WORKLOADS.filter(({ isSmall }) => isSmall).flatMap(({ actions }) => actions));
  expect(ACTION_NAMES.filter((name) => !covered.has(name))).toEqual([]);
});

test('every kind has workloads', () => {
  const suffixes: Readonly<Record<string, string>> = { [ES]: '-es', [CASSANDRA]: '-cass' };
  for (const { resource } of ENGINES) {
    const suffix = suffixes[resource.kind];
    expect(suffix, `${resource.kind} has no workloads`).toBeDefined();
    expect(WORKLOADS.filter(({ name }) => name.endsWith(suffix ?? '?')).length).toBeGreaterThan(10);
  }
});

test('no two workloads share a name, for plans are called by it', () => {
  const names = WORKLOADS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
