import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/testbed/longest-first.ts'

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './test/testbed/closing-line-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/architecture/**/*.test.ts'],
          // Of keys and chains; a shared machine may be ten times slower at one moment than at the next.
          testTimeout: 180_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/**/*.test.ts'],
          exclude: ['test/architecture/**'],
          globalSetup: './test/testbed/global-setup.ts',
          pool: 'forks',
          // Each file starts a control plane, which takes about half a gigabyte.
          maxWorkers: 2,
          // For machines that are several times slower than ours: what is waited for is a condition, and comes within seconds on others.
          testTimeout: 300_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
