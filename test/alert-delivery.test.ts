import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { alertOf } from '../src/telegram/alerts/testing/alert-setup.ts'
import { takeReport } from '../src/telemetry/alerts/delivery/desk.ts'
import { followAlerts } from '../src/telemetry/alerts/delivery/troubles.ts'
import { silentLog } from '../src/telemetry/log.ts'
import { createAlertDeskStore } from '../src/users/alert-desk-store.ts'
import { startTestBot } from './support/bot.ts'
import { createTestDatabase } from './support/database.ts'

const token = 'receiver-token-of-the-test'
const settings = { ALERTMANAGER_URL: 'http://127.0.0.1:9', ALERT_RECEIVER_TOKEN: token }

const endsAt = new Date()
const startsAt = new Date(endsAt.getTime() - 14 * 60_000)

/** What Alertmanager posts of one group. */
const postOf = (status: 'firing' | 'resolved') => ({
  version: '4',
  groupKey: '{}:{alertname="GigaChatFailing", env="test"}',
  status,
  receiver: 'bot',
  groupLabels: { alertname: 'GigaChatFailing', env: 'test' },
  truncatedAlerts: 0,
  alerts: [
    {
      status,
      labels: { alertname: 'GigaChatFailing', severity: 'critical', component: 'gigachat', env: 'test' },
      annotations: {
        summary: 'GigaChat не отвечает',
        description: 'За 5 минут без ответа: 5 человек.',
        first_step: 'Первым делом: статус GigaChat.',
        runbook_url: 'docs/runbook.md#gigachatfailing',
      },
      startsAt: startsAt.toISOString(),
      endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : endsAt.toISOString(),
      fingerprint: 'a1',
    },
  ],
})

async function setup() {
  const bot = await startTestBot(settings)
  const operator = bot.user(1)
  await operator.send('/start')
  const post = async (body: unknown, bearer = token) => {
    const response = await fetch(new URL('/alerts', bot.metricsUrl), {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}` },
      body: JSON.stringify(body),
    })
    return response.status
  }
  const alerts = async () =>
    (await operator.messages()).filter(({ from, text }) => from === 'bot' && /GigaChat не отвечает/.test(text))
  return { operator, post, alerts }
}

describe('what Alertmanager posts', () => {
  test('is a message with buttons in the chat of the administrator: silence for an hour, steps, who takes it, the end', async () => {
    const { operator, post, alerts } = await setup()

    expect(await post(postOf('firing'))).toBe(200)
    const first = await operator.reply(/^🔥 GigaChat не отвечает\nС (?:\d+\s[а-я]+\s)?\d\d:\d\d \(мск\)/)
    expect(first.text).toMatch(/За 5 минут без ответа: 5 человек\.\nПервым делом: статус GigaChat\.$/)
    expect(first.buttons.flat().map(({ text }) => text)).toEqual(['Молчать час', 'Понял', 'Что делать'])

    await operator.press(/Что делать/)
    await operator.reply(/^GigaChatFailing\n\n[\s\S]*• Сделать/, first.message_id)
    await operator.press(/Молчать час/)
    await expect.poll(async () => (await alerts())[0]?.text).toMatch(/🔕 Молчу до (?:\d+\s[а-я]+\s)?\d\d:\d\d\.$/)
    await operator.press(/Понял/)
    await expect
      .poll(async () => (await alerts())[0]?.text)
      .toMatch(/👌 Вы взяли это в (?:\d+\s[а-я]+\s)?\d\d:\d\d\.\n🔕 Молчу/)
    await operator.ask('/admin_alerts', /^Тревоги сейчас\n\n🔥 GigaChat не отвечает/)

    expect(await post(postOf('resolved'))).toBe(200)
    await operator.reply(
      /^✅ Прошло: GigaChat не отвечает, длилось 14\sминут – с (?:\d+\s[а-я]+\s)?\d\d:\d\d до (?:\d+\s[а-я]+\s)?\d\d:\d\d \(мск\)$/,
    )
    await operator.ask('/admin_alerts', /^Тревог нет\.$/)
    expect((await alerts()).filter(({ text }) => /Прошло/.test(text))).toHaveLength(1)
  })

  test('is refused without the token, or when it is something else', async () => {
    const { post, alerts } = await setup()

    expect(await post(postOf('firing'), 'wrong')).toBe(401)
    expect(await post({ alerts: [] })).toBe(400)
    expect(await post([1])).toBe(400)

    expect(await alerts()).toEqual([])
  })
})

describe('what delivery remembers', () => {
  const see = (store: ReturnType<typeof createAlertDeskStore>, name: string, at: Date) =>
    store.update(desk => followAlerts(takeReport(desk, 'process', [alertOf(name)], at), at))
  const folder = () => mkdtempSync(join(tmpdir(), 'alerts-'))

  test('is shared by replicas, changed by one at a time, and survives a restart', async () => {
    const { db } = await createTestDatabase()
    const one = createAlertDeskStore({ db, dataDir: folder(), log: silentLog })
    const two = createAlertDeskStore({ db, dataDir: folder(), log: silentLog })
    const at = new Date()

    await Promise.all([
      one.update(desk => ({ ...desk, mutes: { ...desk.mutes, a: at } })),
      two.update(desk => ({ ...desk, mutes: { ...desk.mutes, b: at } })),
      one.update(desk => ({ ...desk, mutes: { ...desk.mutes, c: at } })),
    ])

    const anew = createAlertDeskStore({ db, dataDir: folder(), log: silentLog })
    expect((await anew.update(desk => desk)).mutes).toEqual({ a: at, b: at, c: at })
  })

  test('works without PostgreSQL, survives a restart then too, and is joined when PostgreSQL is back', async () => {
    const { db } = await createTestDatabase()
    const switchable = { isDown: false }
    const query: typeof db.query = (...given) =>
      switchable.isDown ? Promise.reject(new Error('down')) : db.query(...given)
    const dataDir = folder()
    const open = (dir = dataDir) => createAlertDeskStore({ db: { ...db, query }, dataDir: dir, log: silentLog })
    const at = new Date()
    await see(open(), 'GigaChatFailing', at)
    const other = open(folder())
    switchable.isDown = true

    const first = open()
    await see(first, 'PostgresDown', at)
    await first.update(desk => ({ ...desk, mutes: { PostgresDown: at } }))
    expect(first.isShared()).toBe(false)
    const anew = open()
    expect((await anew.update(desk => desk)).mutes).toEqual({ PostgresDown: at })

    switchable.isDown = false
    const joined = await anew.update(desk => desk)
    expect(joined.troubles.map(({ group }) => group).sort()).toEqual(['GigaChatFailing test', 'PostgresDown test'])
    expect(await other.update(desk => desk)).toEqual(joined)
  })
})
