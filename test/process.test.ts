import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createTestUser } from './support/bot.ts'
import { runBot } from './support/bot-process.ts'
import { createTestDatabase } from './support/database.ts'

test('production with settings missing exits with 1 and one message that names them all', async () => {
  const bot = runBot({ NODE_ENV: 'production', CART_LIMIT: 'many' })

  const code = await bot.exit

  expect(code).toBe(1)
  for (const name of ['BOT_TOKEN', 'GIGACHAT_CREDENTIALS', 'DATABASE_URL', 'CART_LIMIT'])
    expect(bot.output()).toContain(name)
  expect(bot.output()).not.toContain('many')
})

test('without a database of its own the bot brings one, keeps it over a restart, and stops in order', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'data-'))
  const first = runBot({ DATA_DIR: dataDir })
  const anna = createTestUser(await first.address(), 301)
  await anna.join('habr')
  await anna.ask('собери завтрак: молоко, хлеб, сыр', /Итого/)
  first.child.kill('SIGTERM')
  const code = await first.exit

  const second = runBot({ DATA_DIR: dataDir })
  const again = createTestUser(await second.address(), 301)
  const me = await again.ask('/me', /Корзины: использовано/)
  second.child.kill('SIGINT')

  expect(code).toBe(0)
  expect(me.text).toContain('использовано 1 из 5')
  expect(await second.exit).toBe(0)
})

test('a second bot with the same DATA_DIR is refused with what to do', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'data-'))
  const { url } = await createTestDatabase()
  const first = runBot({ DATA_DIR: dataDir, DATABASE_URL: url })
  await first.address()

  const second = runBot({ DATA_DIR: dataDir, DATABASE_URL: url })

  expect(await second.exit).toBe(1)
  expect(second.output()).toMatch(/already works with DATA_DIR .* stop it first/)
})

test('a bot killed without warning leaves its database running, and the next one takes it over', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'data-'))
  const first = runBot({ DATA_DIR: dataDir })
  const anna = createTestUser(await first.address(), 302)
  await anna.join()
  const pid = () => readFileSync(join(dataDir, 'postgres', 'cluster', 'postmaster.pid'), 'utf8').split('\n')[0]
  const serverPid = pid()
  first.child.kill('SIGKILL')
  await first.exit

  const second = runBot({ DATA_DIR: dataDir })
  await second.address()

  expect(pid()).toBe(serverPid)
  second.child.kill('SIGTERM')
  expect(await second.exit).toBe(0)
})

test('SIGTERM while an answer is in flight: it is finished first', async () => {
  const { url, sql } = await createTestDatabase()
  const bot = runBot({ DATA_DIR: mkdtempSync(join(tmpdir(), 'data-')), DATABASE_URL: url })
  const anna = createTestUser(await bot.address(), 303)
  await anna.join()

  await anna.send('собери корзину: молоко, хлеб, сыр, кефир')
  await expect
    .poll(() => sql("select from user_events where event_type = 'session_start'"), { interval: 5 })
    .toHaveLength(1)
  bot.child.kill('SIGTERM')

  expect(await bot.exit).toBe(0)
  expect(await sql("select from user_events where event_type = 'cart_created'")).toHaveLength(1)
  expect(await sql('select from users where recent_messages[1] = any (done_messages)')).toHaveLength(1)
})
