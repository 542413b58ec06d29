import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runReplay } from '../../src/cli/replay.ts'
import { startTestBot } from '../support/bot.ts'
import { createOwnedDatabase, type OwnedDatabase } from '../support/database.ts'

const newDataDir = () => mkdtempSync(join(tmpdir(), 'facts-'))
const spoolOf = (dataDir: string) => join(dataDir, 'spool', 'events')
const within = { interval: 100 }

async function setup() {
  const database = await createOwnedDatabase()
  const dataDir = newDataDir()
  const bot = await startTestBot({ DATABASE_URL: database.url, DATA_DIR: dataDir })
  const metric = async (name: string) => {
    const text = await (await fetch(bot.metricsUrl)).text()
    return text.split('\n').filter(line => line.startsWith(`${name}{`) && !line.endsWith(' 0'))
  }
  return { ...database, dataDir, bot, metric }
}

/** What an operator or a hosting does to a running database, and how it is undone. */
const outages: [string, (db: OwnedDatabase) => Promise<void>, (db: OwnedDatabase) => Promise<void>][] = [
  [
    'its password is changed and every connection ended',
    async db => {
      await db.setPassword('rotated')
      await db.disconnectOwner()
    },
    db => db.restorePassword(),
  ],
  [
    'a function is missing',
    async db => void (await db.sql('alter function record_facts rename to record_facts_before')),
    async db => void (await db.sql('alter function record_facts_before rename to record_facts')),
  ],
  [
    'a table is missing',
    async db => void (await db.sql('alter table users rename to users_before')),
    async db => void (await db.sql('alter table users_before rename to users')),
  ],
  [
    'a right is revoked',
    async db => void (await db.sql(`revoke all on applied_batches from ${new URL(db.url).username}`)),
    async db => void (await db.sql(`grant all on applied_batches to ${new URL(db.url).username}`)),
  ],
  [
    'it is read-only',
    async db => {
      await db.sql(`alter role ${new URL(db.url).username} set default_transaction_read_only = on`)
      await db.disconnectOwner()
    },
    async db => {
      await db.sql(`alter role ${new URL(db.url).username} reset default_transaction_read_only`)
      await db.disconnectOwner()
    },
  ],
  ...['XX000', 'P0001', 'ZZ999'].map(code => failingWith(code)),
]

function failingWith(code: string): (typeof outages)[number] {
  return [
    `it fails with ${code}`,
    async db => {
      await db.sql(`create function fail() returns trigger language plpgsql as $$
        begin raise exception 'a text with secrets' using errcode = '${code}'; end $$`)
      await db.sql('create trigger fail before insert on applied_batches for each row execute function fail()')
    },
    async db => void (await db.sql('drop function fail cascade')),
  ]
}

test.each(outages)(
  'orders and starts while %s are answered, and arrive once and in order afterwards',
  async (_, begin, end) => {
    const { sql, bot, dataDir, metric, ...database } = await setup()
    const [anna, boris, vera] = [bot.user(501), bot.user(502), bot.user(503)]
    await anna.join()
    await boris.join('telegram')

    await begin({ sql, ...database })
    const asked = await Promise.all([anna.send('сыр и масло'), boris.send('/start vc'), vera.send('/start habr')])
    const apples = await boris.send('яблоки')
    await anna.reply(/Итого/, asked[0])
    await boris.reply(/Итого/, apples)
    await vera.reply(/./, asked[2])
    const waiting = readdirSync(spoolOf(dataDir)).filter(name => name.endsWith('.json'))
    await end({ sql, ...database })
    await expect.poll(() => metric('bot_events_waiting'), within).toEqual([])

    expect(waiting.length).toBeGreaterThan(0)
    expect(existsSync(join(spoolOf(dataDir), 'dead-letter.ndjson'))).toBe(false)
    expect(await metric('bot_events_lost_total')).toEqual([])
    const stored = await sql<{ user_id: string; type: string; is_new: boolean | null; source: string | null }>(
      `select user_id, event_type as type, (metadata ->> 'is_new_user')::boolean as is_new, metadata ->> 'source' as source
     from user_events where event_type in ('bot_start', 'session_start', 'cart_created') order by user_id, created_at, event_type, source`,
    )
    expect(stored.map(({ user_id, type, source, is_new }) => [Number(user_id), type, source, is_new])).toEqual([
      [501, 'bot_start', 'organic', true],
      [501, 'session_start', null, null],
      [501, 'cart_created', null, null],
      [502, 'bot_start', 'telegram', true],
      [502, 'bot_start', 'vc', false],
      [502, 'session_start', null, null],
      [502, 'cart_created', null, null],
      [503, 'bot_start', 'habr', true],
    ])
    expect(await sql('select carts_created from users where user_id < 503')).toEqual([
      { carts_created: 1 },
      { carts_created: 1 },
    ])
    expect(
      await sql(
        'select user_id::int, sum(messages)::int as messages, sum(llm_calls) > 0 as called from all_usage group by user_id order by user_id',
      ),
    ).toEqual([
      { user_id: 501, messages: 1, called: true },
      { user_id: 502, messages: 1, called: true },
    ])
  },
)

/** Makes PostgreSQL fail on one user: a trigger on a table that the user's facts write to. */
const failingFor = (userId: number, table: string, code: string) => `
  create function fail_one() returns trigger language plpgsql as $$
  begin
    if coalesce(new.user_id, old.user_id) = ${userId} then raise exception 'a text with secrets' using errcode = '${code}'; end if;
    return coalesce(new, old);
  end $$;
  create trigger fail_one before insert or update or delete on ${table} for each row execute function fail_one()`

test.each([
  ['user_events', 'P0001'],
  ['users', 'XX000'],
  ['user_events', '42883'],
  ['users', '55P03'],
])(
  'while %s fails with %s for one user, that user is answered and waits, and the facts of all others are stored',
  async (table, code) => {
    const { sql, bot, dataDir, metric } = await setup()
    const [anna, boris, vera] = [bot.user(501), bot.user(502), bot.user(503)]
    await anna.join()
    await boris.join()
    await vera.join()
    const carts = (...users: number[]) =>
      sql(
        `select user_id::int as id, metadata ->> 'cart_number' as n from user_events
        where event_type = 'cart_created' and user_id = any ($1::bigint[]) order by id, created_at`,
        [users],
      )

    await sql(failingFor(502, table, code))
    const first = await Promise.all([anna, boris, vera].map(user => user.send('сыр и масло')))
    await Promise.all([anna, boris, vera].map((user, i) => user.reply(/Итого/, first[i])))
    for (const user of [boris, anna, vera]) await user.ask('яблоки', /Итого/)
    await expect
      .poll(() => carts(501, 503), within)
      .toEqual([501, 501, 503, 503].map((id, i) => ({ id, n: String((i % 2) + 1) })))
    expect(await carts(502)).toEqual([])
    expect(await metric('bot_events_waiting')).not.toEqual([])
    await sql('drop function fail_one cascade')
    await expect.poll(() => metric('bot_events_waiting'), within).toEqual([])

    expect(await carts(502)).toEqual(['1', '2'].map(n => ({ id: 502, n })))
    expect(existsSync(join(spoolOf(dataDir), 'dead-letter.ndjson'))).toBe(false)
  },
)

test('an erasure that PostgreSQL rejects waits, and holds up no other user', async () => {
  const { sql, bot, metric } = await setup()
  const [anna, boris] = [bot.user(501), bot.user(502)]
  await anna.join()
  await boris.join()
  await sql(failingFor(502, 'users', '23514'))

  await boris.ask('/delete_me', /Удалить все ваши данные/)
  await boris.press(/Да, удалить/)
  await boris.reply(/точно удалить/)
  await boris.press(/Точно удалить/)
  await boris.reply(/Запрос на удаление записан/)
  await anna.ask('сыр и масло', /Итого/)
  await expect
    .poll(() => sql(`select user_id::int as id from user_events where event_type = 'cart_created'`), within)
    .toEqual([{ id: 501 }])
  await sql('drop function fail_one cascade')

  await expect.poll(() => sql('select from users where user_id = 502'), within).toEqual([])
  await expect.poll(() => metric('bot_events_waiting'), within).toEqual([])
})

test('an erasure asked for while the password is changed is carried out once it is right again', async () => {
  const { sql, bot, dataDir, setPassword, disconnectOwner, restorePassword } = await setup()
  const anna = bot.user(702)
  await anna.join()
  await anna.ask('молоко', /Итого/)
  await anna.ask('/delete_me', /Удалить все ваши данные/)

  await setPassword('rotated')
  await disconnectOwner()
  await anna.press(/Да, удалить/)
  await anna.reply(/точно удалить/)
  await anna.press(/Точно удалить/)
  await anna.reply(/Запрос на удаление записан/)
  await restorePassword()

  const left = () => sql('select from users where user_id = 702 union all select from user_events where user_id = 702')
  await expect.poll(left, within).toEqual([])
  expect(existsSync(join(spoolOf(dataDir), 'dead-letter.ndjson'))).toBe(false)
})

test('one fact that PostgreSQL can never store is quarantined, those it came with are stored, and a replay brings it back', async () => {
  const { sql, url, bot, dataDir, metric } = await setup()
  await sql(`create function refuse() returns trigger language plpgsql as $$
    begin
      if new.user_id = 502 then raise exception 'no' using errcode = 'numeric_value_out_of_range'; end if;
      return new;
    end $$`)
  await sql('create trigger refuse before insert on user_events for each row execute function refuse()')

  await Promise.all([501, 502, 503, 504].map(userId => bot.user(userId).ask('/start habr', /пришлю готовую корзину/)))

  await expect
    .poll(() => sql('select user_id::int as id from user_events order by id'), within)
    .toEqual([501, 503, 504].map(id => ({ id })))
  const lost = () => metric('bot_events_lost_total')
  await expect.poll(lost).toEqual([expect.stringContaining('reason="refused"')])
  const [letter, ...more] = readFileSync(join(spoolOf(dataDir), 'dead-letter.ndjson'), 'utf8')
    .trim()
    .split('\n')
  expect(more).toEqual([])
  expect(JSON.parse(letter ?? '')).toMatchObject({
    reason: expect.stringContaining('SQLSTATE 22003'),
    fact: { kind: 'start', userId: 502 },
  })

  const replay = async (...args: string[]) => {
    const output: string[] = []
    const env = { DATABASE_URL: url, DATA_DIR: dataDir, NODE_ENV: 'test' }
    const done = await runReplay({
      args,
      env,
      out: text => void output.push(text),
      note: () => undefined,
      now: () => new Date(),
    })
    return [done, output.join('\n')]
  }
  expect(await replay('--dry-run')).toEqual([true, expect.stringMatching(/^1 facts would be tried\n.*22003/)])
  expect(await replay()).toEqual([false, expect.stringMatching(/^1 facts remain\n.*22003/)])
  await sql('drop function refuse cascade')
  expect(await replay()).toEqual([true, '1 facts are stored\n0 facts remain'])
  expect(await replay()).toEqual([true, '0 facts remain'])
  expect(await sql('select event_type from user_events where user_id = 502')).toEqual([{ event_type: 'bot_start' }])
  expect(readdirSync(spoolOf(dataDir))).toEqual([])
})

test('a start finds a spool of broken files: each is quarantined and counted, what is whole arrives', async () => {
  const dataDir = newDataDir()
  const dir = spoolOf(dataDir)
  mkdirSync(dir, { recursive: true })
  const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
  const fact = (n: number) => ({
    ...{ kind: 'event', id: uuid(n), userId: 601, at: new Date(), requestId: 'REQ', eventType: 'product_search' },
    metadata: { query: 'сыр', results_count: 1, had_results: true },
  })
  const nameOf = (n: number) => `${String(n).padStart(12, '0')}-1-${uuid(n)}.json`
  const broken = ['', 'null', '[null]', '{}', '{"a":1}', '[', '"text"', '\u0000\u0001']
  for (const [n, text] of broken.entries()) writeFileSync(join(dir, nameOf(n)), text)
  mkdirSync(join(dir, nameOf(20)))
  writeFileSync(join(dir, nameOf(21)), JSON.stringify([fact(21)]))
  writeFileSync(join(dir, `${nameOf(22)}.tmp`), JSON.stringify([fact(22)]))
  writeFileSync(join(dir, `${nameOf(23)}.tmp`), JSON.stringify([fact(23)]).slice(0, 60))

  const { sql, metricsUrl } = await startTestBot({ DATA_DIR: dataDir })

  expect(await sql('select id from user_events order by id')).toEqual([{ id: uuid(21) }, { id: uuid(22) }])
  expect(readdirSync(dir).filter(name => !name.endsWith('.quarantined'))).toEqual([])
  const lost = (await (await fetch(metricsUrl)).text()).match(/^bot_events_lost_total.*reason="unreadable".* (\d+)$/m)
  expect(lost?.[1]).toBe(String(broken.length + 2))
})
