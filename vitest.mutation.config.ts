import { defineConfig } from 'vitest/config'

/** The tests of what Stryker changes: none needs a database, so each change is tried within seconds. */
export default defineConfig({
  logLevel: 'error',
  test: {
    include: [
      'src/analytics/{period,show,wilson}.test.ts',
      'src/events/{catalogue,fact-id}.test.ts',
      'src/shop/{answer-reader,cart,cart-items,nutrition-parser,parsing,suggest-quantity,tool-result,units}.test.ts',
      'src/telemetry/masking.test.ts',
    ],
  },
})
