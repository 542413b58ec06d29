import { once } from 'node:events'
import express, { type RequestHandler } from 'express'
import { z } from 'zod'
import { createFaults } from '../../src/sandbox/faults.ts'
import { createFakeGigaChat } from '../../src/sandbox/gigachat/fake-gigachat.ts'
import { addressSettings, sandboxToken } from '../../src/sandbox/sandbox.ts'
import { createFakeVkusVill } from '../../src/sandbox/shop/fake-vkusvill.ts'
import { createFakeTelegram } from '../../src/sandbox/telegram/fake-telegram.ts'
import { createPace } from './pace.ts'

export interface MeteredFakesOptions {
  /** Concurrent requests that GigaChat takes; one more is answered 429. */
  streams: number
  streamMs: number
}

/** What the services saw of the bots. */
export interface Meters {
  model: { most: number; refused: number; perMinute: number; answers: number; tokens: number }
  shop: { calls: number; perMinute: number }
  telegram: { refused: number; perMinute: number }
}

const Usage = z.object({ usage: z.object({ total_tokens: z.number() }) })
const minute = 60_000
/** Telegram methods that put a message into a chat or change one. */
const sending = /\/(?:send|edit|delete)\w+$/i

/** The fakes of Telegram (with its limits), GigaChat and VkusVill on one port, with meters in front of them. */
export async function startMeteredFakes({ streams, streamMs }: MeteredFakesOptions) {
  const faults = createFaults()
  const now = () => new Date()
  const telegram = createFakeTelegram({
    ...{ token: sandboxToken, username: 'habr_day_bot', faults, adminId: 1, now, limitSending: true },
  })
  const gigachat = createFakeGigaChat({ faults, now, concurrency: streams, latencyMs: streamMs })
  // the pace is judged by the meter: a fake that refuses would hide by how much it was exceeded
  const shop = createFakeVkusVill({ faults, now, ratePerMinute: Number.POSITIVE_INFINITY })
  const paces = { model: createPace(minute), shop: createPace(minute), telegram: createPace(minute) }
  const model = { open: 0, most: 0, refused: 0, answers: 0, tokens: 0 }
  let telegramRefused = 0

  const meterModel: RequestHandler = (req, res, next) => {
    if (!req.path.endsWith('/chat/completions')) return next()
    const send = res.json.bind(res)
    let tokens: number | undefined
    res.json = body => {
      tokens = Usage.safeParse(body).data?.usage.total_tokens
      return send(body)
    }
    // a stream that was hung up in the same moment is released first
    setImmediate(() => {
      paces.model.note()
      model.open += 1
      model.most = Math.max(model.most, model.open)
      res.once('finish', () => {
        if (res.statusCode === 429) model.refused += 1
        if (tokens === undefined) return
        model.answers += 1
        model.tokens += tokens
      })
      res.once('close', () => {
        model.open -= 1
      })
      next()
    })
  }
  const meterShop: RequestHandler = (req, _res, next) => {
    if (req.body?.method === 'tools/call') paces.shop.note()
    next()
  }
  const meterTelegram: RequestHandler = (req, res, next) => {
    if (sending.test(req.path)) paces.telegram.note()
    res.once('finish', () => {
      if (res.statusCode === 429) telegramRefused += 1
    })
    next()
  }

  const app = express()
  app.use('/gigachat', meterModel, gigachat.router)
  app.use('/mcp', express.json({ limit: '1mb', type: () => true }), meterShop, shop.router)
  app.use(meterTelegram, telegram.router)
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  return {
    telegram,
    settings: { ...addressSettings(url), BOT_TOKEN: sandboxToken, ADMIN_USER_IDS: '1' },
    meters: (): Meters => ({
      model: {
        most: model.most,
        refused: model.refused,
        perMinute: paces.model.most(),
        answers: model.answers,
        tokens: model.tokens,
      },
      shop: { calls: paces.shop.total(), perMinute: paces.shop.most() },
      telegram: { refused: telegramRefused, perMinute: paces.telegram.most() },
    }),
    close: () => {
      telegram.close()
      server.close()
      server.closeAllConnections()
    },
  }
}
