import { expect, test } from 'vitest'
import { createSystemPrompt } from './prompt.ts'

test('the day is that of the time zone and stands at the very end', () => {
  const evening = new Date('2026-11-22T22:30:00Z')

  expect(createSystemPrompt('Europe/Moscow')(evening)).toMatch(/понедельник, 23 ноября 2026[^\n]*$/)
  expect(createSystemPrompt('Europe/London')(evening)).toMatch(/воскресенье, 22 ноября 2026[^\n]*$/)
})

test('two days share all but the last line', () => {
  const [monday, friday] = [new Date('2026-11-23T09:00:00Z'), new Date('2026-11-27T09:00:00Z')].map(day =>
    createSystemPrompt('Europe/Moscow')(day).split('\n'),
  )

  expect(monday?.slice(0, -1)).toEqual(friday?.slice(0, -1))
  expect(monday?.at(-1)).not.toBe(friday?.at(-1))
})
