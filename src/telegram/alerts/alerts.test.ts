import { describe, expect, test } from 'vitest'
import { alertOf, createMemoryDesk, setupDelivery } from './testing/alert-setup.ts'

const failing = alertOf('GigaChatFailing')
const over = (minutes: number) => ({ ...failing, endedAt: new Date(failing.since.getTime() + minutes * 60_000) })

describe('a message', () => {
  test('says what, since when, how many of them are affected, the last error, what to do first; and has three buttons', async () => {
    const { see, messages, read, buttons } = await setupDelivery()

    await see(failing)

    expect(read(1)).toEqual([
      [
        '🔥 GigaChat не отвечает',
        'С 14:02 (мск), уже 3 минуты · задело 5\u00A0человек',
        'Не удались 100 % сообщений.',
        'Последняя ошибка: UpstreamError: gigachat: 500',
        'Первым делом: статус GigaChat.',
      ]
        .join('\n')
        .replace('3 минуты', '3\u00A0минуты'),
    ])
    expect(buttons(1)).toEqual(['Молчать час', 'Понял', 'Что делать'])
    expect(messages(1)).toHaveLength(1)
  })

  test('is not repeated while the alert goes on, and its end is reported once, in its thread, with the duration', async () => {
    const { see, later, read, messages, buttons } = await setupDelivery()
    await see(failing)

    await later(1, failing)
    await later(1, failing)
    await later(9, over(14))
    await later(1)

    expect(read(1)).toHaveLength(2)
    expect(read(1)[1]).toBe('✅ Прошло: GigaChat не отвечает, длилось 14\u00A0минут – с 14:02 до 14:16 (мск)')
    expect(messages(1)[0]?.text).toMatch(/^☑️ GigaChat не отвечает\nЗакончилось в 14:16/)
    expect(buttons(1)).toEqual([])
  })

  test('of several alerts that come together is one, and of many only their titles', async () => {
    const { see, read } = await setupDelivery()
    const many = Array.from({ length: 30 }, (_, i) => alertOf(`Alert${i}`, { severity: 'warning' }))

    await see(...many)

    expect(read(1)).toHaveLength(1)
    expect(read(1)[0]).toMatch(/^Сразу 30\u00A0тревог\. Кнопки ниже – обо всех\./)
    expect(read(1)[0]?.match(/⚠️/g)).toHaveLength(15)
    expect(read(1)[0]).toContain('… и ещё 15 таких же')
    expect(read(1)[0]).not.toContain('Последняя ошибка')
  })

  test('of one rule that fires for many labels with long and hostile texts is one and fits', async () => {
    const { see, read } = await setupDelivery()
    const hostile = `<b>&"'+</i> ${'очень длинно 🛒 '.repeat(200)}`
    const many = Array.from({ length: 60 }, (_, i) =>
      alertOf('EventsLost', {
        labels: { env: 'test', reason: `${i}` },
        summary: hostile,
        description: `${i} ${hostile}`,
        firstStep: hostile,
        lastError: hostile,
      }),
    )

    await see(...many)

    expect(read(1)).toHaveLength(1)
    expect(read(1)[0]).toContain('… и ещё 57 таких же')
    expect(read(1)[0]?.length).toBeLessThanOrEqual(4096)
  })

  test('names another day, and another time zone', async () => {
    const { see, read } = await setupDelivery({ timeZone: 'Asia/Yekaterinburg' })

    await see({ ...failing, since: new Date('2026-02-28T19:30:00Z'), users: 1 })

    expect(read(1)[0]).toContain('С 1 марта 00:30 (UTC+5), уже 1\u00A0день 15\u00A0часов · задело 1\u00A0человек')
  })

  test('about what begins again soon after its end continues the thread', async () => {
    const { see, later, read } = await setupDelivery()
    await see(failing)
    await later(10, over(10))

    await later(5, { ...failing, since: new Date('2026-03-02T11:19:00Z') })

    expect(read(1)).toHaveLength(3)
    expect(read(1)[2]).toMatch(/^Началось снова\.\n\n🔥 GigaChat не отвечает\nС 14:19/)
  })
})

describe('who is notified', () => {
  test('an alert without an answer for 15 minutes goes to the second administrator, and the end to both', async () => {
    const { see, later, read } = await setupDelivery({ admins: [1, 2] })
    await see(failing)

    await later(14, failing)
    expect(read(2)).toEqual([])
    await later(1, failing)
    expect(read(1)).toHaveLength(1)
    expect(read(2)).toEqual([expect.stringMatching(/^Предыдущий администратор не ответил за 15\u00A0минут\./)])

    await later(1, over(20))
    expect(read(1).at(-1)).toMatch(/^✅ Прошло/)
    expect(read(2).at(-1)).toMatch(/^✅ Прошло/)
  })

  test('«Понял» ends escalation, and the other messages say that it is taken', async () => {
    const { see, later, read, delivery, buttonId, buttons } = await setupDelivery({ admins: [1, 2, 3] })
    await see(failing)
    await later(15, failing)

    expect(await delivery.answer(buttonId(2), 2, 'take')).toEqual({ kind: 'taken' })

    await expect.poll(() => read(2)[0]).toMatch(/👌 Вы взяли это в 14:20\.$/)
    await expect.poll(() => read(1)[0]).toMatch(/👌 Другой администратор взял это в 14:20\.$/)
    expect(buttons(2)).toEqual(['Молчать час', 'Что делать'])
    await later(120, failing)
    expect([1, 2, 3].map(id => read(id).length)).toEqual([1, 1, 0])
  })

  test('a single administrator is notified again after 15 minutes, then ever more rarely', async () => {
    const { see, later, read } = await setupDelivery()
    await see(failing)

    const counts = []
    for (const minutes of [14, 1, 59, 1, 239, 1, 719, 1]) {
      await later(minutes, failing)
      counts.push(read(1).length)
    }

    expect(counts).toEqual([1, 2, 2, 3, 3, 4, 4, 5])
    expect(read(1)[1]).toMatch(/^Всё ещё не прошло\.\n\n🔥/)
  })

  test('who has not written to the bot yet is skipped for the next immediately, and the log says so', async () => {
    const { see, read, lines, delivery } = await setupDelivery({ admins: [8, 2], known: [2] })

    await see(failing)

    expect(read(2)).toHaveLength(1)
    expect(lines.filter(({ event }) => event === 'setting_warning')).toMatchObject([
      { level: 'warn', fields: { setting: 'ADMIN_USER_IDS' } },
    ])
    expect((await delivery.overview()).closed).toEqual([8])
  })

  test('an administrator who blocked the bot is skipped too', async () => {
    const { see, read, telegram } = await setupDelivery({ admins: [1, 2] })
    telegram.act.block(1, true)

    await see(failing)

    expect(read(2)).toHaveLength(1)
  })

  test('the first administrator who opens the chat gets what could not be sent to anyone', async () => {
    const { see, later, read, telegram } = await setupDelivery({ admins: [8], known: [] })
    await see(failing)
    telegram.act.send(8, { text: '/start' })

    await later(1, failing)

    expect(read(8)).toEqual([expect.stringContaining('GigaChat не отвечает')])
  })

  test('at the start the log warns of a closed chat, without writing to anyone', async () => {
    const { delivery, lines, read } = await setupDelivery({ admins: [1, 8], known: [1] })

    await delivery.lookAtChats()

    expect(lines.filter(({ event }) => event === 'setting_warning')).toHaveLength(1)
    expect((await delivery.overview()).closed).toEqual([8])
    expect(read(1)).toEqual([])
  })
})

describe('muting', () => {
  test('is silent for an hour, also about what ends and begins again, and then reports what goes on', async () => {
    const { see, later, read, delivery, buttonId, clock, now } = await setupDelivery()
    await see(failing)

    expect(await delivery.answer(buttonId(1), 1, 'mute')).toEqual({
      kind: 'muted',
      until: new Date(clock.at + 3_600_000),
    })
    await expect.poll(() => read(1)[0]).toMatch(/🔕 Молчу до 15:05\.$/)
    await later(20, failing)
    expect(read(1)).toHaveLength(1)
    await later(1, { ...failing, endedAt: now() })
    expect(read(1).at(-1)).toMatch(/^✅ Прошло/)
    const again = { ...failing, since: now() }
    await later(1, again)
    expect(read(1)).toHaveLength(2)

    await later(40, again)
    expect(read(1).at(-1)).toMatch(/^Началось снова/)
  })

  test('of what Alertmanager found silences it there too', async () => {
    const { delivery, buttonId, silences, clock, see } = await setupDelivery()
    await delivery.receive('alertmanager:{}:{alertname="GigaChatFailing"}', [failing])
    await see()

    await delivery.answer(buttonId(1), 1, 'mute')

    expect(silences).toEqual([['GigaChatFailing test', new Date(clock.at + 3_600_000)]])
  })

  test('a button of an alert that is over or no longer stored says so', async () => {
    const { see, later, delivery, buttonId } = await setupDelivery()
    await see(failing)
    const id = buttonId(1)
    await later(1, over(4))

    expect(await delivery.answer(id, 1, 'mute')).toEqual({ kind: 'over' })
    expect(await delivery.answer('nothing', 1, 'take')).toEqual({ kind: 'unknown' })
  })
})

describe('Telegram is the broken one', () => {
  const breakTelegram = ({ telegram }: Awaited<ReturnType<typeof setupDelivery>>) =>
    telegram.faults.set({ service: 'telegram', mode: 'status', status: 401, delay_ms: 0, rate: 1 })
  const heal = ({ telegram }: Awaited<ReturnType<typeof setupDelivery>>) =>
    telegram.faults.set({ service: 'telegram', mode: 'none', status: 500, delay_ms: 0, rate: 0 })

  test('mail and webhook are used instead, once; the chat when it is back', async () => {
    const bot = await setupDelivery({ channels: ['webhook', 'email'] })
    const warning = alertOf('LogsWaiting', { severity: 'warning' })
    breakTelegram(bot)

    await bot.see(warning)
    await bot.later(1, warning)
    expect(bot.sent.map(({ channel, notice }) => [channel, notice.status])).toEqual([
      ['webhook', 'firing'],
      ['email', 'firing'],
    ])
    heal(bot)
    await bot.later(1, warning)
    expect(bot.read(1)).toHaveLength(1)
    await bot.later(1, { ...warning, endedAt: bot.now() })

    expect(bot.sent.slice(2).map(({ channel, notice }) => [channel, notice.status])).toEqual([
      ['webhook', 'resolved'],
      ['email', 'resolved'],
    ])
    expect(bot.read(1)).toHaveLength(2)
  })

  test('what began and ended before Telegram was back is reported afterwards', async () => {
    const bot = await setupDelivery()
    breakTelegram(bot)
    await bot.see(failing)
    await bot.later(2, over(5))

    heal(bot)
    await bot.later(2)
    await bot.later(2)

    expect(bot.read(1)).toEqual([expect.stringMatching(/^✅ Прошло: GigaChat не отвечает, длилось 5/)])
  })

  test('an undelivered alert ends the heartbeat, a delivered one does not', async () => {
    const bot = await setupDelivery()
    breakTelegram(bot)
    await bot.see(failing)
    await bot.later(1, failing)
    expect(await bot.delivery.problem()).toBe('an alert reached no one')

    heal(bot)
    await bot.later(2, failing)

    expect(await bot.delivery.problem()).toBeUndefined()
  })
})

describe('other channels', () => {
  test('the webhook gets everything, mail only what is critical', async () => {
    const { see, later, sent } = await setupDelivery({ channels: ['webhook', 'email'] })
    const warning = alertOf('LogsWaiting', { severity: 'warning' })

    await see(failing, warning)
    await later(1, failing, warning)

    expect(sent.map(({ channel, notice }) => [channel, notice.subject])).toEqual([
      ['webhook', 'Тревога: GigaChat не отвечает'],
      ['email', 'Тревога: GigaChat не отвечает'],
      ['webhook', 'Тревога: Не работает LogsWaiting'],
    ])
    expect(sent[0]?.notice).toMatchObject({
      status: 'firing',
      text: expect.stringContaining('уже 3\u00A0минуты · задело 5\u00A0человек'),
      alerts: [{ name: 'GigaChatFailing', started_at: '2026-03-02T11:02:00.000Z', ended_at: null, users: 5 }],
    })
  })

  test('a channel that fails is tried again later, for a while', async () => {
    const { see, later, sent, broken, lines, register } = await setupDelivery({ channels: ['webhook'] })
    broken.add('webhook')
    await see(failing)
    await later(1, failing)
    broken.delete('webhook')

    await later(2, failing)

    expect(sent).toHaveLength(1)
    expect(lines.filter(({ event }) => event === 'maintenance_failed')).toHaveLength(2)
    expect(await register.metrics()).toMatch(/bot_alert_deliveries_total\{channel="webhook",outcome="failed"[^}]*\} 2/)
  })
})

describe('the weekly test', () => {
  test('comes on Monday at 11:00 to every administrator and by every channel, not with the first start', async () => {
    const { later, read, sent, see } = await setupDelivery({ admins: [1, 2], channels: ['email', 'webhook'] })
    await see() // Monday 14:05
    await later(6 * 1440)
    await later(20 * 60)
    expect(read(1)).toEqual([])

    await later(60)
    await later(60)

    expect(read(1)).toEqual([expect.stringMatching(/^🔔 Проверка тревог/)])
    expect(read(2)).toHaveLength(1)
    expect(sent.map(({ channel, notice }) => [channel, notice.status])).toEqual([
      ['email', 'test'],
      ['webhook', 'test'],
    ])
  })

  test('a way by which it did not arrive is named by the others', async () => {
    const { later, read, sent, see, broken } = await setupDelivery({
      admins: [1, 8],
      known: [1],
      channels: ['email', 'webhook'],
    })
    await see()
    broken.add('email')

    await later(7 * 1440)

    expect(read(1)[1]).toMatch(/^🔔 Проверка тревог не дошла: Telegram \(администратор 2 .*; почта \(SMTP_URL/)
    expect(sent.map(({ channel }) => channel)).toEqual(['webhook', 'webhook'])
  })
})

describe('several replicas', () => {
  test('notify once, and the end when it is over for all', async () => {
    const store = createMemoryDesk()
    const first = await setupDelivery({ store, replica: 'first', channels: ['webhook'] })
    const second = await setupDelivery({ store, replica: 'second', fake: first.telegram, channels: ['webhook'] })

    await Promise.all([first.see(failing), second.see(failing)])
    await first.later(1, { ...failing, endedAt: first.now() })
    await second.later(1, failing)
    expect(first.read(1)).toHaveLength(1)
    await second.later(1, { ...failing, endedAt: second.now() })
    await first.later(1)

    expect(first.read(1)).toHaveLength(2)
    expect([...first.sent, ...second.sent]).toHaveLength(2)
  })

  test('when the replica that speaks is down, another goes on', async () => {
    const store = createMemoryDesk()
    const first = await setupDelivery({ store, replica: 'first' })
    const second = await setupDelivery({ store, replica: 'second', fake: first.telegram })
    await first.see(failing)

    await second.later(2, failing, alertOf('ShopFailing', { component: 'shop' }))

    expect(first.read(1)).toHaveLength(2)
    expect(first.read(1)[1]).toContain('Не работает ShopFailing')
  })
})

test('a process that was started anew does not take an alert for over that it has no history of yet', async () => {
  const { see, later, read } = await setupDelivery()
  await see(failing)

  await later(9)
  expect(read(1)).toHaveLength(1)
  await later(1)

  expect(read(1)[1]).toMatch(/^✅ Прошло/)
})
