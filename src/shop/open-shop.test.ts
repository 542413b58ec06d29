import { expect, test } from 'vitest'
import { createTestRegistry } from '../../test/support/metrics.ts'
import { createTeardown } from '../process/teardown.ts'
import { silentLog } from '../telemetry/log.ts'
import { openShop } from './open-shop.ts'

test.each([1, 2])('at %i a second the burst is four seconds of it, and the queue twenty', async perSecond => {
  const teardown = createTeardown()
  const shop = openShop({
    ...{ teardown, log: silentLog, register: createTestRegistry(), now: () => new Date(), version: '1' },
    elapsedMs: () => 1e6,
    redis: undefined,
    settings: { proxy: undefined, affiliate: undefined, shop: { mcpUrl: 'http://127.0.0.1:9/mcp', perSecond } },
  })
  const admitted = Array.from({ length: 24 * perSecond }, (_, i) =>
    shop.createCart([{ xmlId: i + 1, q: 1 }]).catch(() => undefined),
  )

  const refused = shop.createCart([{ xmlId: 100, q: 1 }])

  await expect(refused).rejects.toMatchObject({ name: 'RateLimitError', retryAfterMs: 1_000 / perSecond })
  await teardown.run()
  await Promise.all(admitted)
})
