import { once } from 'node:events'
import express from 'express'
import type { Message } from 'grammy/types'
import { createFaults } from '../src/sandbox/faults.ts'
import { createFakeGigaChat } from '../src/sandbox/gigachat/fake-gigachat.ts'
import { sandboxToken } from '../src/sandbox/sandbox.ts'
import { createFakeVkusVill } from '../src/sandbox/shop/fake-vkusvill.ts'
import { createFakeTelegram } from '../src/sandbox/telegram/fake-telegram.ts'
import { createCallRecorder } from './recorded-calls.ts'
import { serveParent } from './remote.ts'
import { sentences } from './sentences.ts'

/** One message of one virtual user, from sending it to its final answer. */
export interface FakeExchange {
  user: number
  ms: number
  /** Whether the answer has a cart. */
  cart: boolean
}

export interface Talk {
  /** User ids, first and last. */
  users: [number, number]
  /** Stops after this many answers … */
  messages?: number
  /** … or takes no new message after this long. */
  forMs?: number
  /** Longest pause of a virtual user between an answer and the next message. */
  pauseMs?: number
  /** Users who write concurrently; default: all. */
  concurrency?: number
  /** Begins a message this often, whether the one before was answered or not. */
  everyMs?: number
}

const now = () => new Date()
const faults = createFaults()
const telegram = createFakeTelegram({ token: sandboxToken, username: 'bench_bot', faults, adminId: 1, now })
const gigachat = createFakeGigaChat({
  faults,
  now,
  concurrency: 100_000,
  latencyMs: Number(process.env.GIGACHAT_LATENCY_MS ?? 0),
})
const shop = createFakeVkusVill({ faults, now, ratePerMinute: Number.POSITIVE_INFINITY })
const recorder = createCallRecorder()
const calls = { model: 0, shop: 0, telegram: 0, telegramMessages: 0, logBytes: 0 }
/** What counts against Telegram's 30 messages a second. */
const isMessage = /\/(send(?!ChatAction)|edit|copy|forward)\w+$/
const app = express()
app.use(recorder.middleware)
app.use('/loki', (req, res) => {
  req.on('data', (chunk: Buffer) => (calls.logBytes += chunk.length)).on('end', () => res.sendStatus(204))
})
app.use((req, _res, next) => {
  if (req.path.endsWith('/chat/completions')) calls.model += 1
  else if (req.path.startsWith('/mcp') && req.method === 'POST') calls.shop += 1
  else if (req.path.startsWith('/bot') && !req.path.endsWith('/getUpdates')) {
    calls.telegram += 1
    if (isMessage.test(req.path)) calls.telegramMessages += 1
  }
  next()
})
app.use('/gigachat', gigachat.router)
app.use('/mcp', shop.router)
app.use(telegram.router)
const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
const address = server.address()
const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`

let sentCount = 0
/** The next one of all that are sent by this process. */
const nextSentence = (): string => sentences[sentCount++ % sentences.length] ?? ''

/** An answer that has not come by then counts as one without a cart. */
const answerMs = 120_000

/** Sends one message and waits for what ends the exchange: a cart, or a message that is no progress note. */
function exchange(user: number): Promise<FakeExchange> {
  return new Promise(resolve => {
    const begun = performance.now()
    const stop = telegram.act.watch(user, change => {
      if (change.kind !== 'message' && change.kind !== 'edited') return
      if (change.message.from?.id === user || !isFinal(change.message)) return
      end(hasCart(change.message))
    })
    const limit = setTimeout(() => end(false), answerMs)
    const end = (cart: boolean) => {
      clearTimeout(limit)
      stop()
      resolve({ user, ms: performance.now() - begun, cart })
    }
    telegram.act.send(user, { text: nextSentence() })
  })
}

const hasCart = (message: Message): boolean =>
  message.reply_markup?.inline_keyboard.flat().some(button => 'url' in button) ?? false
/** The progress note is short and begins with a picture; an answer is longer. */
const isFinal = (message: Message): boolean => hasCart(message) || (message.text?.length ?? 0) > 80

async function talk({ users, messages, forMs, pauseMs = 0, concurrency, everyMs }: Talk): Promise<FakeExchange[]> {
  const done: FakeExchange[] = []
  const until = performance.now() + (forMs ?? Number.POSITIVE_INFINITY)
  const [first, last] = users
  const waiting = Array.from({ length: last - first + 1 }, (_, n) => first + n)
  let begun = 0
  const goesOn = () => begun < (messages ?? Number.POSITIVE_INFINITY) && performance.now() < until
  if (everyMs !== undefined) {
    const pending: Promise<FakeExchange>[] = []
    for (; goesOn(); begun++) {
      pending.push(exchange(first + (begun % waiting.length)))
      await new Promise(resolve => setTimeout(resolve, everyMs))
    }
    return Promise.all(pending)
  }
  const talker = async () => {
    while (goesOn()) {
      const user = waiting.shift()
      if (user === undefined) return
      begun += 1
      done.push(await exchange(user))
      waiting.push(user)
      if (pauseMs > 0 && goesOn()) await new Promise(resolve => setTimeout(resolve, Math.random() * pauseMs))
    }
  }
  await Promise.all(Array.from({ length: concurrency ?? waiting.length }, talker))
  return done
}

const handlers = {
  url: () => url,
  talk,
  record: recorder.start,
  recorded: recorder.stop,
  calls: () => ({ ...calls }),
  /** The bot's last message text to a user, for a failure's report. */
  lastText: (user: number): string => telegram.act.messages(user).at(-1)?.text ?? '',
}
export type Fakes = typeof handlers

serveParent(handlers)
