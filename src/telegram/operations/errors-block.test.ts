import { expect, test } from 'vitest'
import { percent } from '../../analytics/show.ts'
import { plainText } from '../html.ts'
import { codeButtons, errorsBlock } from './errors-block.ts'
import type { ErrorReport } from './read-errors.ts'

const now = new Date('2026-11-26T11:14:00Z')
const startedAt = new Date('2026-11-26T06:00:00Z')
const plain = (text: string) => text.replaceAll('\u00A0', ' ')
const textOf = (report: ErrorReport) =>
  plain(plainText(errorsBlock(report, '2026-11-26', startedAt, now, 'Europe/Moscow')))

const quiet: ErrorReport = {
  from: '2026-11-20',
  to: '2026-11-26',
  errors: 0,
  users: 0,
  messages: 612,
  kinds: [],
  last: [],
  change: { kind: 'noise', ratio: null },
  others: { commands: 0, buttons: 0 },
}

test('a period without failures is one line', () => {
  expect(textOf(quiet)).toBe(`⚠️ Ошибки за 7 дней (20.11 – 26.11)

Ни одной: сообщений 612.
К прошлому периоду: ≈ в пределах шума

Команды и кнопки с запуска бота (09:00) не сбоили.`)
})

test('each kind has its users, its times and its change; the codes are buttons', () => {
  const at = (text: string) => new Date(text)
  const report: ErrorReport = {
    ...quiet,
    errors: 13,
    users: 9,
    change: { kind: 'up', ratio: 1.6 },
    kinds: [
      {
        error_type: 'Unknown',
        upstream: 'gigachat',
        errors: 12,
        users: 8,
        first_at: at('2026-11-24T06:12:00Z'),
        last_at: at('2026-11-26T11:02:00Z'),
        change: { kind: 'new', ratio: null },
      },
      {
        error_type: 'Unknown',
        upstream: 'bot',
        errors: 1,
        users: 1,
        first_at: at('2026-11-26T11:00:00Z'),
        last_at: at('2026-11-26T11:00:00Z'),
        change: { kind: 'noise', ratio: null },
      },
    ],
    last: [
      { time: at('2026-11-26T11:02:00Z'), error_type: 'Unknown', upstream: 'gigachat', request_id: '1A2B3C4D5E6F' },
      { time: at('2026-11-26T11:00:00Z'), error_type: 'Unknown', upstream: 'bot', request_id: null },
    ],
    others: { commands: 2, buttons: 1 },
  }

  expect(textOf(report)).toBe(
    plain(`⚠️ Ошибки за 7 дней (20.11 – 26.11)

Без ответа 13 из 612 сообщений (${percent(13 / 612)}), это 9 человек
К прошлому периоду: ▲ 160 %

GigaChat: отказывает
12 у 8 человек · ▲ новое
с 24.11 09:12 по 14:02

Сбой в самом боте
1 у 1 человека · ≈
14:00

Последние
1A2B3C4D5E6F 14:02, GigaChat: отказывает
14:00, Сбой в самом боте

Не считая сбоев команд (2) и кнопок (1) с запуска бота (09:00).`),
  )
  expect(codeButtons(report).inline_keyboard.flat()).toEqual([
    { text: '1A2B3C4D5E6F', callback_data: 'request:1A2B3C4D5E6F' },
  ])
})

test('a period of the running day alone is compared with nothing', () => {
  expect(textOf({ ...quiet, change: null })).toContain('К прошлому периоду: день ещё идёт')
})
