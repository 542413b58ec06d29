import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { z } from 'zod'
import { type Parts, startApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'

const Button = z.object({ text: z.string(), data: z.string().optional(), url: z.string().optional() })
const ChatMessage = z.object({
  message_id: z.number(),
  from: z.enum(['bot', 'user']),
  text: z.string(),
  buttons: z.array(z.array(Button)),
  photo_url: z.string().optional(),
})
export type ChatMessage = z.infer<typeof ChatMessage>

/** The whole bot in the sandbox, in this process, with a database of its own. */
export interface TestBot extends Pick<TestDatabase, 'sql' | 'db'> {
  url: string
  metricsUrl: string
  databaseUrl: string
  /** A user of the bot, played through the sandbox's control API. */
  user(userId: number): TestUser
  events(
    userId: number,
    type?: string,
  ): Promise<{ event_type: string; metadata: Record<string, unknown>; request_id: string }[]>
  post(path: string, body: unknown): Promise<unknown>
  stop(): Promise<void>
}

export interface TestUser {
  userId: number
  /** Sends text and returns the id of the message. */
  send(message: string | Record<string, unknown>): Promise<number>
  /** Everything in the chat after that message. */
  messages(after?: number): Promise<ChatMessage[]>
  /** Waits for a message of the bot that fits, sent after message `after`. */
  reply(fits: RegExp, after?: number): Promise<ChatMessage>
  /** Sends text and waits for the bot's fitting answer. */
  ask(text: string, fits: RegExp): Promise<ChatMessage>
  /** Presses the button with that label on the newest message that has it, or on that message. */
  press(label: RegExp, messageId?: number): Promise<void>
  /** `/start`, then consent. */
  join(payload?: string): Promise<void>
}

/** Starts it with `settings` beside those of a test, and with the parts of `use` in place of its own. */
export async function startTestBot(settings: Record<string, string> = {}, use: Partial<Parts> = {}): Promise<TestBot> {
  const database = await createTestDatabase()
  const app = await startApp(
    loadConfig({
      DATABASE_URL: database.url,
      DATA_DIR: mkdtempSync(join(tmpdir(), 'bot-')),
      HTTP_PORT: '0',
      METRICS_PORT: '0',
      LOG_LEVEL: 'error',
      MESSAGES_TOGETHER_MS: '0',
      LOG_FLUSH_MS: '20',
      NODE_ENV: 'test',
      ...settings,
    }),
    // as if it ran for an hour: a process that has just started leaves the shop alone for some seconds
    { elapsedMs: () => 3_600_000 + performance.now(), ...use },
  )
  onTestFinished(() => app.stop('test finished'))
  const url = app.addresses.chat ?? ''
  const post = (path: string, body: unknown) => postJson(url + path, body)
  return {
    url,
    metricsUrl: app.addresses.metrics,
    databaseUrl: database.url,
    sql: database.sql,
    db: database.db,
    post,
    user: userId => createTestUser(url, userId),
    events: (userId, type) =>
      database.sql(
        `select event_type, metadata, request_id from user_events
         where user_id = $1 and ($2::text is null or event_type = $2) order by created_at, event_type`,
        [userId, type ?? null],
      ),
    stop: () => app.stop('test'),
  }
}

export function createTestUser(url: string, userId: number): TestUser {
  const chat = `${url}/sandbox/chats/${userId}`
  const messages = async (after = 0) => z.array(ChatMessage).parse(await getJson(`${chat}/messages?after=${after}`))

  const user: TestUser = {
    userId,
    send: async message => {
      const body = typeof message === 'string' ? { text: message } : message
      return z.object({ message_id: z.number() }).parse(await postJson(`${chat}/messages`, body)).message_id
    },
    messages,
    reply: async (fits, after = 0) => {
      let found: ChatMessage | undefined
      await expect
        .poll(
          async () => {
            const all = await messages(after)
            found = all.findLast(m => m.from === 'bot' && fits.test(m.text))
            return found === undefined ? all.map(m => `${m.from}: ${m.text}`) : 'answered'
          },
          { interval: 25, message: `no answer to ${userId} fits ${fits}` },
        )
        .toBe('answered')
      if (found === undefined) throw new Error('unreachable: polled until found')
      return found
    },
    ask: async (text, fits) => user.reply(fits, await user.send(text)),
    press: async (label, messageId) => {
      const find = async () => {
        const all = (await messages()).filter(m => messageId === undefined || m.message_id === messageId)
        const shown = all.flatMap(m => m.buttons.flat().map(b => ({ message_id: m.message_id, ...b })))
        return shown.findLast(b => b.data !== undefined && label.test(b.text))
      }
      await expect.poll(find, { interval: 25, message: `no button ${label}` }).toBeDefined()
      const button = await find()
      await postJson(`${chat}/callbacks`, { message_id: button?.message_id, data: button?.data })
    },
    join: async (payload = '') => {
      const question = await user.ask(`/start ${payload}`.trim(), /Согласие на обработку данных/)
      await user.press(/Согласен/)
      await user.reply(/Согласие записано/, question.message_id)
    },
  }
  return user
}

async function getJson(url: string): Promise<unknown> {
  const response = await fetch(url)
  expect(response.status, url).toBe(200)
  return response.json()
}

async function postJson(url: string, body: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  expect(response.ok, `${url}: ${response.status} ${text}`).toBe(true)
  return text === '' ? null : JSON.parse(text)
}
