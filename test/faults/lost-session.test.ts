import { expect, test } from 'vitest'
import { lostSessionWordings } from '../../src/sandbox/shop/lost-session-wordings.ts'
import { createTestDatabase } from '../support/database.ts'
import { startFixture } from './fixture.ts'
import { report } from './results.ts'

/** Calls of the shop by how they ended. */
const calls = (metrics: string, outcome: string) =>
  [...metrics.matchAll(new RegExp(`^bot_shop_calls_total\\{[^}]*outcome="${outcome}"[^}]*\\} (\\d+)`, 'gm'))].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  )

test('a shop that lost its sessions, whatever it says of it, costs no user an answer', async () => {
  const { url, sql } = await createTestDatabase()
  const fixture = await startFixture({ DATABASE_URL: url })
  const bot = await fixture.bot()
  await bot.started()
  const user = fixture.user(1001)
  await user.join()
  await user.reply(/Согласие записано/)
  const products = ['молоко', 'хлеб', 'сыр', 'масло', 'яблоки']

  for (const [i, wording] of lostSessionWordings.entries()) {
    await fixture.fault({ service: 'shop', mode: 'session', wording })
    await user.ask(`собери корзину: ${products[i]}`, /Итого/)
  }

  const metrics = await bot.metrics()
  const [row] = await sql<{ carts: string; errors: string }>(
    `select count(*) filter (where event_type = 'cart_created') as carts,
            count(*) filter (where event_type = 'bot_error') as errors from user_events`,
  )
  expect({ ...row, failed: calls(metrics, 'failed') + calls(metrics, 'refused') }).toEqual({
    carts: '5',
    errors: '0',
    failed: 0,
  })
  report({
    area: 'VkusVill',
    fault: `sessions lost, worded in ${lostSessionWordings.length} ways`,
    times: lostSessionWordings.length,
    saw: 'the order answered with its cart, each time over a new session',
    lost: 0,
    doubled: 0,
    recoveryS: null,
    alert: null,
  })
}, 300_000)
