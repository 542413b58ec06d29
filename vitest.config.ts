import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  logLevel: 'error',
  test: {
    include: [
      'src/**/*.test.ts',
      'test/**/*.test.ts',
      'grafana/**/*.test.ts',
      'prometheus/**/*.test.ts',
      'bench/**/*.test.ts',
      'evals/**/*.test.ts',
      'scripts/**/*.test.ts',
    ],
    // imports its JSON in a way that Node refuses and Vite does not
    server: { deps: { inline: [/@actions\//] } },
    globalSetup: ['test/support/global-setup.ts'],
    // by default one less than cores, which is one of two: most tests wait for other processes
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // a limit for what hangs, not a bound of speed: the machine may be busy with other things
    // what a test waits for is a condition; this only ends the wait for one that never comes
    expect: { poll: { timeout: 120_000, interval: 25 } },
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
})
