import { defineConfig } from 'vitest/config';

const notUnit = ['**/node_modules/**', '**/*.integration.test.ts', '**/*.e2e.test.ts'];

/**
 * `unit` is pure: no cluster, no API server, seconds. `integration` talks to a real kube-apiserver or to
 * real processes; `e2e` and `e2e-long` to real databases: one file at a time, for the machines have two cores.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'packages/*/src/**/*.test.ts',
            'packages/*/scripts/**/*.test.ts',
            'tools/**/*.test.ts',
            'deploy/**/*.test.ts',
            'e2e/**/*.test.ts',
            'bench/**/*.test.ts',
            'architecture.test.ts',
          ],
          exclude: notUnit,
          testTimeout: 10_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'integration',
          include: ['packages/*/test/**/*.integration.test.ts', 'deploy/**/*.integration.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      ...(['scenarios', 'scenarios/long'] as const).map((folder, index) => ({
        test: {
          name: index === 0 ? 'e2e' : 'e2e-long',
          include: [`e2e/${folder}/*.e2e.ts`],
          testTimeout: 900_000,
          hookTimeout: 900_000,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 3 + index },
        },
      })),
    ],
  },
});
