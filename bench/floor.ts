import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { Bot } from 'grammy'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { BenchCall } from './recorded-calls.ts'
import { serveParent } from './remote.ts'

/*
 * The floor under the cost of a message: a grammY bot that answers each with the calls the real one made for the same message,
 * body by body, and stores as many rows with one COPY. It understands nothing, checks nothing, logs nothing, counts nothing.
 */

const { CALLS_FILE = '', EVENTS = '', TELEGRAM_URL = '', SERVICES_URL = '', BOT_TOKEN = '', DATABASE_URL } = process.env
const messages: BenchCall[][] = JSON.parse(readFileSync(CALLS_FILE, 'utf8'))
const events = Array.from({ length: Number(EVENTS) })
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 })
const bot = new Bot(BOT_TOKEN, { client: { apiRoot: TELEGRAM_URL } })
let answered = 0

async function answer(chat: number): Promise<void> {
  let sent = 0
  for (const { method, path, headers, body } of messages[answered++ % messages.length] ?? []) {
    const telegram = /^\/bot[^/]+\/(\w+)$/.exec(path)?.[1]
    if (telegram === undefined) await (await fetch(SERVICES_URL + path, { method, headers, body })).text()
    else sent = await callTelegram(telegram, { ...JSON.parse(body), chat_id: chat, message_id: sent })
  }
}

/** Returns the id of the message it is about, where it is about one. */
async function callTelegram(method: string, payload: { message_id: number }): Promise<number> {
  const raw = bot.api.raw as unknown as Record<string, (payload: object) => Promise<{ message_id?: number } | true>>
  const result = await raw[method]?.(payload)
  return typeof result === 'object' && result.message_id !== undefined ? result.message_id : payload.message_id
}

async function store(user: number): Promise<void> {
  const at = new Date().toISOString()
  const rows = events.map(() => `${randomUUID()}\t${user}\tproduct_search\t{"query": "молоко"}\t${at}\t0123456789AB\n`)
  const client = await pool.connect()
  const copy = 'copy user_events (id, user_id, event_type, metadata, created_at, request_id) from stdin'
  await pipeline([rows.join('')], client.query(copyFrom(copy)))
  client.release()
}

bot.on('message', ctx => {
  // not awaited: grammY would take the next update only after this answer
  void answer(ctx.chat.id).then(() => store(ctx.from.id))
})
void bot.start()

const cpu = (): number => process.cpuUsage().user + process.cpuUsage().system
const handlers = { cpu, memory: () => process.memoryUsage() }
export type Floor = typeof handlers
serveParent(handlers)
