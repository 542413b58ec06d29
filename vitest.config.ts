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
    ],
    // imports its JSON in a way that Node refuses and Vite does not
    server: { deps: { inline: [/@actions\//] } },
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
  },
})
