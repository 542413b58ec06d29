import { Gauge } from 'prom-client'
import { expect, test } from 'vitest'
import { percent, rub } from '../../analytics/show.ts'
import { createFallbackMetrics } from '../../assistant/model/fallback-model.ts'
import { createShopMetrics } from '../../shop/metrics.ts'
import { createRegistry } from '../../telemetry/registry.ts'
import { createMetricSums } from '../../telemetry/services/metric-sums.ts'
import type { ServiceState } from '../../telemetry/services/service-watch.ts'
import { plainText } from '../html.ts'
import type { Operations } from './operations-deps.ts'
import { readStatus, type StatusDeps } from './status.ts'
import { statusBlock } from './status-block.ts'

const plain = (text: string) => text.replaceAll('\u00A0', ' ')
const at = new Date('2026-11-26T11:14:00Z')
const minutesAgo = (n: number) => new Date(at.getTime() - n * 60_000)
const state = (given: Partial<ServiceState> & Pick<ServiceState, 'name'>): ServiceState => ({
  light: 'ok',
  cause: null,
  since: minutesAgo(60),
  isSinceStart: true,
  ...given,
})

type Money = Partial<Pick<StatusDeps, 'spentToday' | 'dayCaps' | 'balances'>>

function setup(given: Partial<Operations> = {}, money: Money = {}) {
  const {
    spentToday = async () => 250,
    dayCaps = { softRub: undefined, hardRub: undefined },
    balances = () => [],
  } = money
  const register = createRegistry({ serviceName: 'vkusvill-bot', env: 'test' })
  const operations: Operations = {
    services: { look: async () => [state({ name: 'postgres' })] },
    metrics: createMetricSums(register),
    waiting: { count: () => 0, oldestAt: () => null, quarantined: async () => 0 },
    queue: null,
    firing: () => [],
    startedAt: minutesAgo(60),
    version: '1.2.3',
    replica: null,
    llmBudgetRub: 1000,
    ...given,
  }
  const gauge = (name: string, value: number) => new Gauge({ name, help: name, registers: [register] }).set(value)
  const read = async () => {
    const status = await readStatus({ operations, spentToday, dayCaps, balances, now: () => at, timeoutMs: 20 })
    return plain(plainText(statusBlock(status, operations, 'Europe/Moscow')))
  }
  return { register, gauge, read }
}

test('while all is well it says so in a few lines', async () => {
  const { read } = setup()

  expect(await read()).toBe(
    plain(`🩺 Состояние в 14:14

🟢 PostgreSQL · с запуска бота

Тревог нет.

Модель: в работе 0, в очереди 0
Ждут PostgreSQL: нет
В карантине: нет

Модель сегодня: ${rub(250)}, ${percent(0.25)} от ${rub(1000)} в сутки

Версия 1.2.3, работает с 13:14, 1 ч`),
  )
})

test('what is broken stands first, with since when and why', async () => {
  const { read } = setup({
    services: {
      look: async () => [
        state({ name: 'postgres' }),
        state({ name: 'shop', light: 'unknown' }),
        state({ name: 'redis', light: 'unsteady', cause: 'timeout', since: minutesAgo(600), isSinceStart: false }),
        state({ name: 'gigachat', light: 'failing', cause: 'payment', since: minutesAgo(12), isSinceStart: false }),
      ],
    },
    firing: () => [{ summary: 'Сообщения остаются без ответа', severity: 'critical', since: minutesAgo(3000) }],
  })

  expect(await read()).toContain(`🔴 GigaChat · с 14:02, 12 минут
закончились оплаченные токены
🟡 Redis · с 04:14, 10 ч
не отвечает вовремя
🟢 PostgreSQL · с запуска бота
⚪ ВкусВилл · ещё не обращались

Тревоги
🔴 Сообщения остаются без ответа · с 24.11 12:14, 2 дня 2 ч`)
})

test('what waits is counted with the age of the oldest', async () => {
  const { read, gauge } = setup({
    waiting: { count: () => 21, oldestAt: () => minutesAgo(5), quarantined: async () => 2 },
    replica: { number: 2, known: 3 },
  })
  gauge('bot_log_shipping', 1)
  gauge('bot_log_spool_lines', 1204)
  gauge('bot_log_spool_oldest_seconds', 125)
  gauge('bot_llm_in_flight', 3)
  gauge('bot_llm_waiting', 4)
  gauge('bot_aggregator_age_seconds', 4.2)

  expect(await read()).toContain(`Модель: в работе 3, в очереди 4
Ждут PostgreSQL: 21 событие, старшее 5 мин
Ждут Loki: 1204 строки, старшая 2 мин
⚠️ В карантине: 2 события, вернуть: npm run replay
Итоги пересчитаны 4 с назад`)
  expect(await read()).toContain('Реплика 2 из 3')
})

test.each([
  [0, 'Мягкий потолок дня: 200 ₽, израсходовано 125 %\nЖёсткий потолок дня: 500 ₽, израсходовано 50 %'],
  [1, '⚠️ Достигнут мягкий потолок дня: 200 ₽, израсходовано 125 %, до полуночи ответы дешевле\nЖёсткий'],
  [2, '🔴 Достигнут жёсткий потолок дня: 500 ₽, израсходовано 50 %, до полуночи бот не отвечает'],
])('the day’s spend stands against the caps; state %i of the metric says which is reached', async (state, words) => {
  const { read, gauge } = setup({}, { dayCaps: { softRub: 200, hardRub: 500 } })
  gauge('bot_llm_cap_state', state)

  expect(await read()).toContain(words)
})

test('what is left at GigaChat is shown, and who cannot be notified', async () => {
  const left = { model: 'GigaChat-2-Max', tokens: 24_100_000, daysLeft: 12.7, check: null }
  const { read, gauge } = setup({}, { balances: () => [left, { ...left, model: 'GigaChat-2', daysLeft: null }] })
  gauge('bot_alert_chats_closed', 2)

  const text = await read()

  expect(text).toContain(
    'GigaChat-2-Max: осталось 24,1 млн токенов, хватит на 12 дн.\nGigaChat-2: осталось 24,1 млн токенов\n',
  )
  expect(text).toContain('⚠️ 2 администратора не получают сообщений бота: пусть напишут ему /start.')
})

test('of a service that is left alone it says when it is tried again', async () => {
  const { read, register } = setup({
    services: { look: async () => [state({ name: 'gigachat', light: 'failing' }), state({ name: 'shop' })] },
  })
  createShopMetrics(register).circuitOpen(new Date(at.getTime() + 40_000))
  createFallbackMetrics(register).circuitOpen(minutesAgo(1))

  const text = await read()

  expect(text).toContain('бот его пока не трогает, проба через 40 с')
  expect(text).toContain('пока отвечает вторая модель, следующий запрос будет пробным')
})

test('it answers while PostgreSQL and the disk hang', async () => {
  const hangs = () => new Promise<number>(() => undefined)
  const { read, gauge } = setup(
    { waiting: { count: () => 0, oldestAt: () => null, quarantined: hangs } },
    { spentToday: hangs },
  )
  gauge('bot_llm_cost_rub_total', 12)

  const text = await read()

  expect(text).toContain('В карантине: узнать не удалось')
  expect(text).toContain(
    plain(`Модель с запуска: ${rub(12)} (за сегодня узнать не удалось), бюджет ${rub(1000)} в сутки`),
  )
})

test('who waits for the model is shown, with what a new message would wait and who was refused', async () => {
  const { read, gauge } = setup({
    queue: {
      streams: () => ({ size: 10, held: 4, waiting: 14, ofNew: { ahead: 40, waitMs: 200_000 }, everyMs: 5_000 }),
      refusals: { counts: async () => ({ refused: 5, wanted: 3, reminded: 1 }) },
    },
  })
  gauge('bot_queue_waiting', 14)
  gauge('bot_queue_oldest_seconds', 130)

  const status = await read()

  expect(status).toContain(`Очередь людей: 40 человек, дольше всех 2 мин, новому ждать 3 минуты
Потоки модели: занято 10 из 10
Отказов из-за очереди за сутки: 5 человек; ждут напоминания 3, напомнил 1`)
})

test('an empty queue is a line, and PostgreSQL is not waited for', async () => {
  const { read } = setup({
    queue: {
      streams: () => ({ size: 10, held: 4, waiting: 0, ofNew: null, everyMs: 5_000 }),
      refusals: { counts: () => new Promise<never>(() => undefined) },
    },
  })

  const status = await read()

  expect(status).toContain('Очередь людей: нет\nПотоки модели: занято 4 из 10\nЖдут PostgreSQL')
})
