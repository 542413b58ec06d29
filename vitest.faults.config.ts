import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

const results = process.env.FAULTS_RESULTS ?? join(mkdtempSync(join(tmpdir(), 'faults-')), 'results.ndjson')
process.env.FAULTS_RESULTS = results

/** The fault suite at full length; it writes the table of docs/reliability.md. */
export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts', 'test/faults/write-table.ts'],
    env: { FAULTS: 'long', FAULTS_RESULTS: results },
    fileParallelism: false,
    // what a test waits for is a condition; this only ends the wait for one that never comes
    expect: { poll: { timeout: 120_000, interval: 25 } },
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
})
