import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join as joinPath } from 'node:path'
import { createClient } from 'redis'
import { expect, onTestFinished, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { redisNote, redisWanted, startRedisServer } from '../support/redis-server.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { addressOf } from './database-server.ts'
import { pause, post, startLab, until } from './lab.ts'
import { report } from './results.ts'

/** What must be found nowhere, however it was said. */
const canaries = {
  phone: '+7 912 345-67-89',
  phoneDigits: '9123456789',
  email: 'kanareyka@example.org',
  card: '4111 1111 1111 1111',
  name: 'Канарейкина',
  address: 'Птичий переулок',
  words: 'кенарьпоёт',
}
const said = `${canaries.words}: меня зовут ${canaries.name}, ${canaries.phone}, ${canaries.email}, ${canaries.card}, ${canaries.address} 7`

/** Every row of every table as text. */
async function dump(sql: TestDatabase['sql']): Promise<string[]> {
  const tables = await sql<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  )
  const rows = await Promise.all(
    tables.map(async ({ name }) =>
      (await sql<{ row: string }>(`select t::text as row from ${name} t`)).map(({ row }) => `${name}: ${row}`),
    ),
  )
  return rows.flat()
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder).flatMap(name => {
    const path = joinPath(folder, name)
    return statSync(path).isDirectory() ? filesBelow(path) : [path]
  })
const contentsBelow = (folder: string): string[] =>
  filesBelow(folder).map(path => `${path}: ${readFileSync(path, 'utf8')}`)

const found = (places: readonly string[], needles: readonly string[]): string[] =>
  places.flatMap(place =>
    needles.filter(needle => place.includes(needle)).map(needle => `${needle} in ${place.slice(0, 300)}`),
  )

test('personal data said on every path is in no table, no log line, no metric and no spool file; nor are secrets', async () => {
  const { url, sql } = await createTestDatabase()
  const proxy = await startTcpProxy(addressOf(url))
  const through = new URL(url)
  through.port = String(proxy.port)
  const lab = await startLab({ DATABASE_URL: through.href, LOG_LEVEL: 'debug' })
  const bot = await lab.bot()
  await bot.started()
  const anna = lab.person(100)

  await anna.send(said) // before consent
  await anna.ask(`/start ${canaries.words}_${canaries.phoneDigits}`, /Согласие на обработку данных/)
  await anna.press(/Согласен/)
  await anna.reply(/берусь за ваш запрос|Согласие записано/)
  await anna.ask('собери корзину: молоко, хлеб', /Итого/)
  await anna.send({ photo: true, caption: said })
  await anna.send({ text: said, chat: 'group' })
  await anna.send(`/admin_erase ${said}`)
  await anna.send(`/me ${said}`)
  await anna.ask('/help', /Как это работает/)
  const last = (await anna.messages()).at(-1)?.message_id ?? 0
  await post(`${lab.url}/sandbox/chats/100/callbacks`, { message_id: last, data: canaries.words }).catch(
    () => undefined,
  )
  await anna.send('/survey')
  for (const label of [/очень расстроились/, /готовая корзина/]) await anna.press(label)
  await anna.reply(/Что нам улучшить/)
  await anna.ask(`звоните ${canaries.phone}, ${canaries.email}, карта ${canaries.card}`, /Спасибо/)
  for (const service of ['gigachat', 'shop'] as const) {
    await lab.fault({ service, mode: 'status', status: 500 })
    await anna.ask(said, /^(?!🤔|🔎|📖|🔬|🧺|✍)/u)
    await lab.heal()
  }
  await proxy.refuse()
  await anna.ask(said, /./)
  await anna.send(`/admin_stats ${said}`)
  await pause(500)
  const spooled = contentsBelow(lab.dataDir)
  await proxy.accept()
  await until('everything is stored', async () => !/^bot_events_waiting\{[^}]*\} [1-9]/m.test(await bot.metrics()))

  const rows = await dump(sql)
  const lines = bot.output().split('\n')
  const metrics = (await bot.metrics()).split('\n')
  const needles = Object.values(canaries)
  const masked = rows.filter(row => !/product_search|survey_completed/.test(row)) // masked queries and feedback may stay
  const secrets = ['BOT_TOKEN', 'GIGACHAT_CREDENTIALS']
    .map(key => lab.settings[key] ?? '')
    .concat(new URL(url).password)
  report({
    area: 'Privacy',
    fault: 'marked personal data on every path',
    times: 14,
    saw: `searched: ${rows.length} rows, ${lines.length} log lines, ${metrics.length} metric lines, ${spooled.length} files`,
    lost: 0,
    doubled: 0,
    recoveryS: null,
    alert: null,
  })
  expect(spooled.length).toBeGreaterThan(1)
  expect(found(masked, needles)).toEqual([])
  expect(found(rows, [canaries.phone, canaries.phoneDigits, canaries.email, canaries.card])).toEqual([])
  expect(found([...lines, ...metrics], needles)).toEqual([])
  expect(
    found(
      spooled.filter(file => !file.includes('product_search')),
      needles,
    ),
  ).toEqual([])
  expect(
    found(
      [...lines, ...metrics, ...spooled, ...rows],
      secrets.filter(secret => secret !== ''),
    ),
  ).toEqual([])
}, 180_000)

test.runIf(redisWanted)(
  `after /delete_me the person is in no table, not in Redis, not in the spool${redisNote}`,
  async () => {
    const userId = 777_123_456
    const { url, sql } = await createTestDatabase()
    const redis = await startRedisServer()
    onTestFinished(redis.dispose)
    const lab = await startLab({ DATABASE_URL: url, REDIS_URL: redis.url })
    const bot = await lab.bot()
    await bot.started()
    const person = lab.person(userId)
    const friend = lab.person(101)
    await person.join('habr')
    await person.reply(/Согласие записано/)
    await friend.join(`ref_${userId}`)
    await person.ask('собери корзину: молоко, хлеб', /Итого/)
    const before = found(await dump(sql), [String(userId)])
    const client = createClient({ url: redis.url })
    await client.connect()
    onTestFinished(() => client.destroy())
    const keysBefore = (await client.keys('*')).filter(
      key => key.includes(String(userId)) && !key.startsWith('throttle'),
    )

    await person.send('/delete_me')
    await person.press(/Да, удалить/)
    await person.press(/Точно удалить/)
    const receipt = await person.reply(/Ваши данные удалены/)
    await pause(300)

    const keys = (await client.keys('*')).filter(key => key.includes(String(userId)) && !key.startsWith('throttle'))
    report({
      area: 'Privacy',
      fault: '/delete_me',
      times: 1,
      saw: 'a receipt with what went and what stays',
      lost: 0,
      doubled: 0,
      recoveryS: null,
      alert: null,
      note: 'log lines keep the number of the account until they expire after 30 days, as the receipt says',
    })
    expect(before.length).toBeGreaterThan(3)
    expect(keysBefore).not.toEqual([])
    expect(found(await dump(sql), [String(userId)])).toEqual([])
    expect(keys).toEqual([])
    expect(found(contentsBelow(joinPath(lab.dataDir, 'spool')), [String(userId)])).toEqual([])
    expect(receipt.text).toContain('30 дней')
  },
  120_000,
)

test('who is no administrator gets nothing by any form of the commands', async () => {
  const { url, sql } = await createTestDatabase()
  const lab = await startLab({ DATABASE_URL: url })
  const bot = await lab.bot()
  await bot.started()
  const eve = lab.person(100)
  await eve.join()
  const victim = lab.person(101)
  await victim.join()
  const from = { id: 100, is_bot: false, first_name: 'Ева' }
  const chat = { id: 100, type: 'private' }
  const date = Math.floor(Date.now() / 1000)

  for (const text of [
    '/admin_stats',
    '/admin_erase 101',
    '/admin_block 101',
    '\u200B/admin_erase 101',
    '／admin_erase 101',
    '/ADMIN_ERASE 101',
    '/admin_erase@vkusvill_sandbox_bot 101',
  ]) {
    await eve.send(text)
    await eve.send({ text, chat: 'group' })
    const forwarded = { type: 'user', date, sender_user: { id: 1, is_bot: false, first_name: 'Админ' } }
    await post(`${lab.url}/sandbox/updates`, {
      message: { message_id: 900, date, from, chat, text, forward_origin: forwarded },
    })
    const admin = { id: 1, is_bot: false, first_name: 'Админ' }
    await post(`${lab.url}/sandbox/updates`, {
      callback_query: {
        id: text,
        from,
        chat_instance: '1',
        data: text,
        message: { message_id: 1, date, chat, from: admin, text },
      },
    })
  }
  await until('all are dealt with', async () => {
    const handled = (await bot.metrics()).matchAll(/^bot_updates_total\{[^}]*\} (\d+)/gm)
    return [...handled].reduce((sum, [, count]) => sum + Number(count), 0) >= 28
  })

  const shown = (await eve.messages())
    .filter(message => message.from === 'bot')
    .map(({ text }) => text)
    .join('\n')
  expect(shown).not.toMatch(/DAU|Новых|GMV|удалён из/)
  expect(await sql('select from users where user_id = 101 and blocked_at is null')).toHaveLength(1)
}, 120_000)
