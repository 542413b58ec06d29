import { expect, test } from 'vitest'
import { readMoney } from '../../analytics/money.ts'
import type { DailyRow, MoneyAssumptions, UnitEconomicsRow } from '../../analytics/numbers.ts'
import type { Period } from '../../analytics/period.ts'
import { plainText } from '../html.ts'
import { moneyBlock } from './money-block.ts'

const row = (given: Partial<UnitEconomicsRow>): UnitEconomicsRow => ({
  ...{ dimension: 'all', key: 'all', carts: 400, labelled_carts: 300, gmv: 400_000, cost_rub: 520.5 },
  ...{ income: 6750, income_low: 3180, income_high: 10_650 },
  ...{ margin: 6229.5, margin_low: 2659.5, margin_high: 10_129.5 },
  ...given,
})
const unknown = { income: null, income_low: null, income_high: null, margin: null, margin_low: null, margin_high: null }
const assumptions: MoneyAssumptions = { affiliatePercent: 7.5, orderPercent: 30 }
const period = { from: '2026-11-20', to: '2026-11-26' }

async function read(rows: UnitEconomicsRow[], given = assumptions, costs = [10, 500, 900], before = rows) {
  const caps = { softRub: 500, hardRub: undefined }
  const asked: Period[] = []
  const analytics = {
    today: () => '2026-11-26',
    daily: async () => costs.map(cost_rub => ({ cost_rub }) as DailyRow),
    unitEconomics: async (of: Period) => {
      asked.push(of)
      const { affiliatePercent, orderPercent } = given
      return {
        ...of,
        affiliate_percent: affiliatePercent,
        order_percent: orderPercent,
        rows: asked.length === 3 ? before : rows,
      }
    },
  }
  const report = await readMoney(analytics, period, given, caps)
  return { asked, text: plainText(moneyBlock(report, caps, analytics.today())).replaceAll('\u00A0', ' ') }
}

test('the whole stands with its range and change, then its parts, the caps and what is assumed', async () => {
  const { text } = await read(
    [
      row({}),
      row({ dimension: 'source', key: 'habr', margin_low: -12, margin_high: 5 }),
      row({ dimension: 'campaign', key: 'podcast' }),
      row({ dimension: 'cohort', key: '2026-11-02' }),
      row({ dimension: 'cohort', key: 'none', carts: 1 }),
    ],
    assumptions,
    undefined,
    [row({ carts: 200, gmv: 200_000 })],
  )

  expect(text).toMatch(/Корзин: +400 ▲ 100 %/)
  expect(text).toMatch(/С меткой: +300 \(75 %\)/)
  expect(text).toMatch(/Модель: +521 ₽ ≈/)
  expect(text).toContain('Доход (оценка): от 3 180 ₽ до 10 650 ₽, посередине 6 750 ₽')
  expect(text).toContain('• habr: корзин 400 (с меткой 300), GMV')
  expect(text).toContain('итог от −12 ₽ до +5 ₽')
  expect(text).toContain('• podcast:')
  expect(text).toContain('• с 02.11:')
  expect(text).toContain('• без /start: корзин 1')
  expect(text).toMatch(/мягкий \(500 ₽\): достигнут в 2 из 3 дн\./)
  expect(text).toContain('жёсткий: не задан')
  expect(text).toContain('7,5 % (AFFILIATE_PERCENT)')
  expect(text).toContain('30 % – предположение')
})

test('without the percent it says so, and shows the rest', async () => {
  const { text } = await read([row(unknown), row({ dimension: 'source', key: 'vc', ...unknown })], {
    ...assumptions,
    affiliatePercent: null,
  })

  expect(text).toContain('AFFILIATE_PERCENT не задан')
  expect(text).toMatch(/Корзин: +400/)
  expect(text).not.toContain(', итог')
})

test('the running day is no part of a change', async () => {
  const { asked } = await read([row({})])

  expect(asked).toEqual([period, { from: '2026-11-20', to: '2026-11-25' }, { from: '2026-11-13', to: '2026-11-18' }])
})

test('a period without anything says so', async () => {
  const { text } = await read([])

  expect(text).toContain('не было ни корзин, ни расходов')
  expect(text).not.toMatch(/NaN|undefined|null/)
})
