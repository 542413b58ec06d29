import { expect, test } from 'vitest'
import { createClientMetrics } from '../../assistant/model/metrics.ts'
import { UpstreamError } from '../../errors.ts'
import { createUpdateMetrics } from '../../telegram/metrics.ts'
import { silentLog } from '../log.ts'
import { createRegistry } from '../registry.ts'
import type { Alert } from './alert.ts'
import { createAlertEvaluation } from './create-alert-evaluation.ts'
import { createLastErrors } from './last-errors.ts'

const tickMs = 15_000

/** The metrics of a bot, and alerts evaluated on them by a clock that the test moves. */
function setup() {
  const clock = { ms: Date.UTC(2026, 10, 26, 12) }
  const now = () => new Date(clock.ms)
  const register = createRegistry({ serviceName: 'vkusvill-bot', env: 'test' })
  const updates = createUpdateMetrics(register, now)
  const calls = createClientMetrics(register)({ provider: 'gigachat', model: 'GigaChat-2-Max' })
  const lastErrors = createLastErrors(now)
  const log = lastErrors.watch(silentLog)
  const reports: Alert[][] = []
  const evaluation = createAlertEvaluation({
    register,
    lastErrors,
    log,
    now,
    onAlerts: alerts => reports.push([...alerts]),
  })
  const tick = async (times = 1) => {
    for (let i = 0; i < times; i++) {
      await evaluation.run()
      clock.ms += tickMs
    }
  }
  return {
    evaluation,
    clock,
    register,
    tick,
    reports,
    since: () => reports.flat(),
    answered() {
      calls.answered(1)
      updates.handled('message', 'answered', 2)
    },
    failed(userId: number) {
      const err = new UpstreamError('gigachat', 500, 'status', true)
      calls.failed('server', 8)
      log.warn('upstream_failed', {
        upstream: 'gigachat',
        operation: 'chat',
        err,
        error_name: err.name,
        status: 500,
        duration_ms: 8,
      })
      updates.handled('message', 'failed', 8)
      updates.messageFailed('gigachat', userId)
    },
  }
}

test('three users without an answer are an alert within two minutes; it names them, the error, and what to do first', async () => {
  const bot = setup()
  await bot.tick(4)

  for (const userId of [7, 8, 9]) bot.failed(userId)
  await bot.tick(8)

  expect(bot.evaluation.firing()).toEqual([
    {
      name: 'GigaChatFailing',
      severity: 'critical',
      component: 'gigachat',
      labels: { env: 'test' },
      summary: 'GigaChat не отвечает',
      description: 'Не удались 100\u00a0% сообщений. За 5 минут без ответа: 3\u00a0человека.',
      firstStep: 'Первым делом: статус GigaChat, причины отказов, сертификат.',
      runbook: 'docs/runbook.md#gigachatfailing',
      users: 3,
      lastError: 'gigachat: 500 status',
      since: new Date(Date.UTC(2026, 10, 26, 12, 1)),
      endedAt: null,
    },
  ])
  const { values = [] } = (await bot.register.getSingleMetric('bot_alerts_firing')?.get()) ?? {}
  expect(values.filter(({ value }) => value > 0).map(({ labels }) => labels.alert)).toEqual(['GigaChatFailing'])
})

test('one trouble is one alert with one end, and nothing comes after it', async () => {
  const bot = setup()
  const minutes = async (count: number, message: (userId: number) => void) => {
    for (let i = 0; i < count * 4; i++) {
      for (const userId of [7, 8, 9, 10, 11]) message(userId)
      await bot.tick()
    }
  }

  await minutes(5, bot.answered)
  await minutes(6, bot.failed)
  await minutes(50, bot.answered)

  const names = new Set(bot.since().map(({ name }) => name))
  expect([...names]).toEqual(['GigaChatFailing'])
  expect(bot.since().filter(({ endedAt }) => endedAt !== null)).toHaveLength(1)
  expect(new Set(bot.since().map(({ since }) => since.getTime())).size).toBe(1)
  expect(bot.evaluation.firing()).toEqual([])
})

test('holds only what the rules ask for: three days of two series, minutes of the others', async () => {
  const bot = setup()
  const hour = 240

  await bot.tick(hour)
  const afterAnHour = bot.evaluation.size()
  await bot.tick(hour)

  expect(afterAnHour).toBeLessThan(hour * 100)
  // the windows of an hour and less are full: only those of hours and days still grow
  expect(bot.evaluation.size() - afterAnHour).toBeLessThan(hour * 10)
})

test.each([
  ['its timer is dead', 121_000],
  ['the clock was set back by an hour', -3_600_000],
])('an evaluation that stands still is a problem for the heartbeat: %s', async (_, ms) => {
  const bot = setup()
  await bot.tick(4)
  expect(bot.evaluation.problem()).toBeUndefined()

  bot.clock.ms += ms
  if (ms < 0) await bot.tick()

  expect(bot.evaluation.problem()).toBe('alerts are not evaluated')
})

test('an evaluation that cannot hand on what it found is a problem, until it can', async () => {
  const bot = setup()
  const read = bot.register.getMetricsAsJSON
  bot.register.getMetricsAsJSON = async () => {
    throw new Error('no metrics')
  }
  await bot.tick(10)
  expect(bot.evaluation.problem()).toBe('alerts are not evaluated')

  bot.register.getMetricsAsJSON = read
  await bot.tick()

  expect(bot.evaluation.problem()).toBeUndefined()
})
