import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { createTestUser } from './support/bot.ts'
import { npmStart } from './support/npm-start.ts'

/** The embedded server's own superuser, in a session that stays open while the password is another one. */
async function connectToCluster(dataDir: string) {
  const folder = join(dataDir, 'postgres')
  const password = readFileSync(join(folder, 'password'), 'utf8').trim()
  const port = readFileSync(join(folder, 'cluster', 'postmaster.pid'), 'utf8').split('\n')[3]
  const client = new pg.Client({ connectionString: `postgres://vkusvill:${password}@127.0.0.1:${port}/vkusvill_bot` })
  client.on('error', () => undefined) // ended with the server when the test is over
  await client.connect()
  onTestFinished(() => client.end())
  const setPassword = async (text: string) => {
    await client.query(`alter role vkusvill password ${client.escapeLiteral(text)}`)
    await client.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and usename = current_user',
    )
  }
  return { client, setPassword, password }
}

/** An answer to an order: its cart, or an apology that names what to do. */
const answered = /Итого|код для поддержки|попробуйте/i

test('orders are answered and stored once while a password changes, sessions and files vanish and a group forbids to write', async () => {
  const start = npmStart()
  const url = await start.ready()
  const users = [901, 902, 903].map(id => createTestUser(url, id))
  for (const user of users) await user.join()
  const { client, setPassword, password } = await connectToCluster(start.dataDir)
  const fault = (body: unknown) =>
    fetch(`${url}/sandbox/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const spool = join(start.dataDir, 'spool', 'events')
  const waiting = () => readdirSync(spool).filter(name => name.endsWith('.json'))
  const order = (products: string) => Promise.all(users.map(user => user.ask(`собери корзину: ${products}`, answered)))

  await setPassword('another')
  await fault({ service: 'shop', mode: 'session', wording: 'not_initialized' })
  const during = await order('молоко и сыр')
  await fault({
    ...{ service: 'telegram', mode: 'status', status: 400, methods: ['sendMessage'], times: 1 },
    description: 'Bad Request: not enough rights to send text messages to the chat',
  })
  await users[0]?.send({ text: '/start habr', chat: 'group' })
  await expect
    .poll(async () => await (await fetch(`${url}/sandbox/faults`)).json())
    .toMatchObject({ telegram: { mode: 'none' } })
  await expect.poll(() => waiting().length).toBeGreaterThan(1)
  rmSync(join(spool, waiting()[1] ?? ''))
  await fault({ service: 'shop', mode: 'session', wording: 'failed_tool' })
  const again = await order('хлеб и кефир')
  await setPassword(password)
  const after = await order('яблоки')
  await expect.poll(waiting).toEqual([])

  const carts = [during, again, after].flat().filter(({ text }) => text.includes('Итого')).length
  const { rows } = await client.query(
    `select count(*) filter (where event_type = 'cart_created')::int as carts,
       count(*) filter (where event_type = 'session_start')::int as sessions,
       count(*) filter (where event_type = 'bot_start')::int as starts,
       count(*) filter (where event_type = 'bot_error' and metadata ->> 'error_type' <> 'Unknown')::int as errors,
       count(*)::int - count(distinct (user_id, id))::int as doubled
     from user_events where user_id in (901, 902, 903)`,
  )
  expect(carts).toBe(9)
  expect(rows).toEqual([{ carts, sessions: 3, starts: 3, errors: 0, doubled: 0 }])
  const numbers = await client.query(
    `select array_agg((metadata ->> 'cart_number')::int order by created_at) as numbers from user_events
     where event_type = 'cart_created' and user_id in (901, 902, 903) group by user_id`,
  )
  expect(numbers.rows).toEqual(users.map(() => ({ numbers: [1, 2, 3] })))
  expect(
    (await client.query('select sum(messages)::int as messages from all_usage where user_id in (901, 902, 903)')).rows,
  ).toEqual([{ messages: 9 }])
  expect(existsSync(join(spool, 'dead-letter.ndjson'))).toBe(false)
  process.kill(start.pid, 'SIGTERM')
  expect(await start.exit).toBe(0)
}, 400_000)
