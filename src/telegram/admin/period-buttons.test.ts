import { expect, test } from 'vitest'
import { periodButtons } from './report-buttons.ts'

test('other periods are within one press, with what else was asked', () => {
  expect(periodButtons()).toEqual([
    { label: 'Сегодня', args: 'today' },
    { label: 'Неделя', args: 'week' },
    { label: 'Месяц', args: 'month' },
  ])
  expect(periodButtons(' habr').map(({ args }) => args)).toEqual(['today habr', 'week habr', 'month habr'])
})
