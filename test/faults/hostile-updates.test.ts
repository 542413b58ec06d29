import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTestDatabase } from '../support/database.ts'
import { freePort } from '../support/programs.ts'
import { startFixture } from './fixture.ts'
import { anything, expectCalm, expectDeclaredEvents, expectNothingForeign, or, seed, text } from './hostile-input.ts'
import { isLong, report } from './results.ts'

const secret = 'a-secret-of-the-webhook'
const updates = isLong ? 10_000 : 200
const firstUser = 200
const users = isLong ? 300 : 30
/** The others are strangers, who are asked for consent. */
const joined = isLong ? 60 : 6
/** A button as it would be made now for a real question. */
const stamp = Math.floor(Date.now() / 1000).toString(36)

const userId = fc.integer({ min: firstUser, max: firstUser + users - 1 })
const user = fc.record({ id: or(userId), is_bot: or(fc.constant(false)), first_name: or(text), username: or(text) })
const chat = fc.record({
  id: or(userId),
  type: or(fc.constantFrom('private', 'private', 'group', 'supergroup', 'channel')),
})
const message = fc.record({
  ...{ message_id: or(fc.integer()), date: or(fc.integer({ min: 0, max: 4_000_000_000 })) },
  ...{ from: or(user), chat: or(chat), text: or(text), caption: or(text) },
  ...{ entities: or(fc.array(anything, { maxLength: 2 })), photo: anything, sticker: anything },
  ...{ forward_origin: or(fc.constant(undefined)), reply_to_message: anything, via_bot: or(fc.constant(undefined)) },
})
const data = fc.oneof(
  text,
  fc.constantFrom(
    ...['consent_yes_', 'consent_yes_2026-11', 'consent_withdraw', 'erase_now_zzzzzz', `erase_sure_${stamp}`],
    ...['survey_start', 'survey_pmf_very', 'survey_pmf_constructor', 'survey_feat_cart', 'survey_done', 'survey_skip'],
    ...['admin_erase_1', `admin_erase_500_${stamp}`, 'admin_erase_no', 'invite_show', 'erase_sure_'.repeat(9)],
  ),
)
const callback = fc.record({
  ...{ id: or(fc.string({ maxLength: 20 })), from: or(user), message: or(message) },
  ...{ chat_instance: or(fc.string({ maxLength: 20 })), data: or(data) },
})
const body = fc.oneof(
  { weight: 4, arbitrary: message.map(value => ({ message: value })) },
  { weight: 3, arbitrary: callback.map(value => ({ callback_query: value })) },
  ...['edited_message', 'channel_post', 'my_chat_member', 'inline_query', 'business_message'].map(key => ({
    weight: 1,
    arbitrary: message.map(value => ({ [key]: value })),
  })),
  { weight: 1, arbitrary: fc.dictionary(fc.string({ maxLength: 10 }), anything, { maxKeys: 3 }) },
)
const strangeId = fc.constantFrom<unknown>(-1, 0, 1000, 1.5, '1001', null, undefined, 2 ** 60, [], {})

test(`${updates} generated updates over the webhook: no crash, no error, others are served (seed ${seed})`, async () => {
  const { url, sql } = await createTestDatabase()
  const port = String(await freePort())
  const hook = `http://127.0.0.1:${port}/hook`
  const fixture = await startFixture({ DATABASE_URL: url, WEBHOOK_URL: hook, WEBHOOK_SECRET: secret, HTTP_PORT: port })
  const bot = await fixture.bot()
  await bot.started()
  const anna = fixture.user(500)
  await anna.join()
  for (let i = 0; i < joined; i += 10) {
    const some = Array.from({ length: Math.min(10, joined - i) }, (_, at) => fixture.user(firstUser + i + at))
    await Promise.all(some.map(user => user.join()))
  }
  const bodies = fc.sample(fc.tuple(body, fc.option(strangeId, { freq: 20, nil: 'next' })), { numRuns: updates, seed })
  const headers = { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': secret }
  const post = async (update: unknown, more: Record<string, string> = {}) =>
    (await fetch(hook, { method: 'POST', headers: { ...headers, ...more }, body: JSON.stringify(update) })).status
  const unexpected: unknown[] = []
  const sendFrom = async (first: number) => {
    for (let i = first; i < bodies.length; i += 20) {
      const [update, given] = bodies[i] ?? [{}, 'next']
      const update_id = given === 'next' ? 1_000_000 + i : given
      const status = await post({ ...update, update_id })
      const isTooLarge = Buffer.byteLength(JSON.stringify({ ...update, update_id })) > 1024 * 1024
      const expected = isTooLarge ? 413 : Number.isSafeInteger(update_id) ? 200 : 400
      if (status !== expected) unexpected.push({ status, expected, update_id })
    }
  }

  await Promise.all(Array.from({ length: 20 }, (_, i) => sendFrom(i)))
  const refused = [
    await post({}, { 'x-telegram-bot-api-secret-token': '' }),
    await post({}, { 'x-telegram-bot-api-secret-token': `${secret}x` }),
    await post({}, { 'x-telegram-bot-api-secret-token': secret.toUpperCase(), authorization: secret }),
    (await fetch(hook, { method: 'POST', body: '{', headers })).status,
    await post({ text: 'x'.repeat(2_000_000) }),
  ]
  const meantForUs = ['/metrics', '/health', '/ready', '/', '/sandbox/users', '/hook/metrics']
  const open = await Promise.all(meantForUs.map(async path => (await fetch(`http://127.0.0.1:${port}${path}`)).status))
  await anna.ask('собери корзину: молоко, хлеб', /Итого/)

  const lines = bot.output().split('\n')
  report({
    area: 'Hostile input',
    fault: 'generated updates over the webhook',
    times: updates,
    saw: 'users who write in between are served',
    lost: 0,
    doubled: 0,
    recoveryS: null,
    alert: null,
  })
  expect(bot.child.exitCode).toBeNull()
  expect(unexpected).toEqual([])
  expect(refused).toEqual([401, 401, 401, 400, 413])
  expect(open).toEqual(meantForUs.map(() => 404))
  expect(lines.filter(line => /"uncaught_error"|"update_failed"|"level":[56]0/.test(line))).toEqual([])
  expect(lines.filter(line => /"upstream_failed".*"status":400/.test(line))).toEqual([])
  expect(await sql('select from users where user_id = 500 and blocked_at is null')).toHaveLength(1)
  expectCalm(await bot.metrics())
  await expectDeclaredEvents(sql)
  for (let i = 0; i < users; i++) expectNothingForeign(await fixture.user(firstUser + i).messages())
}, 600_000)
