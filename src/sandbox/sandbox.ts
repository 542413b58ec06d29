import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { StartupError } from '../errors.ts'
import type { Log } from '../telemetry/log.ts'
import { createControlApi } from './control/control-api.ts'
import type { SandboxEventFeed } from './control/events-feed.ts'
import { createFaults } from './faults.ts'
import { createFakeGigaChat } from './gigachat/fake-gigachat.ts'
import { createFakeOpenAi } from './openai/fake-openai.ts'
import { createChatPage } from './page/chat-page.ts'
import { guardRequests } from './request-guard.ts'
import { createFakeVkusVill } from './shop/fake-vkusvill.ts'
import { createFakeTelegram } from './telegram/fake-telegram.ts'

export interface SandboxDeps {
  adminId?: number
  token?: string
  /** Business events of the bot in the same process; without it the page says that it has none. */
  feed?: SandboxEventFeed
  /** Names, besides those of this machine, by which it is reached. */
  hosts?: readonly string[] | undefined
  /** Calls one client may make to the shop in a minute. */
  shopCallsPerMinute?: number
  /** Whether Telegram refuses with 429 what its own limits would. */
  limitSending?: boolean | undefined
  log: Log
  now: () => Date
}

export interface RunningSandbox {
  /** Of the chat page and of everything else. */
  url: string
  /** What a bot needs to use the fakes instead of the real services, by the names of its settings. */
  settings(): Record<string, string>
  /** What the bot needs beside them to use the fake of the second model. */
  secondModel(): Record<string, string>
  close(): Promise<void>
}

/** The token of the bot in the sandbox. */
export const sandboxToken = '4200000001:sandbox-token-opens-nothing-real'
const key = '00000000-0000-4000-8000-00000000000'
const secondModelKey = 'sandbox-key-opens-nothing-real'
const credentials = Buffer.from(`${key}1:${key}2`).toString('base64')

/**
 * The fakes, the control API and the chat page on one express app: `/bot…` and `/file/bot…`, `/gigachat`, `/openai`,
 * `/mcp`, `/sandbox`, `/`.
 */
export function createSandbox({
  adminId = 1,
  token = sandboxToken,
  feed,
  hosts = [],
  shopCallsPerMinute,
  limitSending,
  log,
  now,
}: SandboxDeps) {
  const faults = createFaults()
  const username = 'vkusvill_sandbox_bot'
  const telegram = createFakeTelegram({ token, username, faults, adminId, now, log, limitSending })
  const gigachat = createFakeGigaChat({ faults, credentials, now })
  const openai = createFakeOpenAi({ faults, key: secondModelKey, now })
  const shop = createFakeVkusVill({ faults, now, ratePerMinute: shopCallsPerMinute })

  const app = express()
  app.disable('x-powered-by')
  app.use(guardRequests(hosts))
  app.use(createControlApi({ telegram, shop, faults, events: feed }))
  app.use('/gigachat', gigachat.router)
  app.use('/openai', openai.router)
  app.use('/mcp', shop.router)
  app.use(telegram.router)
  app.use(createChatPage())

  return {
    telegram,
    gigachat,
    openai,
    shop,
    faults,
    /** Starts to listen, on the loopback unless `host` is given. Throws StartupError when the port is taken. */
    async listen(port: number, host = '127.0.0.1'): Promise<RunningSandbox> {
      const server = app.listen(port, host)
      try {
        await once(server, 'listening')
      } catch (err) {
        throw cannotListen(err, port, host)
      }
      const url = addressOf(server.address(), host)
      return {
        url,
        settings: () => ({
          ...addressSettings(url),
          BOT_TOKEN: token,
          ADMIN_USER_IDS: String(adminId),
          ...(limitSending ? {} : { TELEGRAM_MESSAGES_PER_SECOND: '0' }),
        }),
        secondModel: () => ({
          LLM_FALLBACK_URL: `${url}/openai/v1`,
          LLM_FALLBACK_KEY: secondModelKey,
          LLM_FALLBACK_MODEL: 'sandbox',
          LLM_FALLBACK_PRICE: '200',
        }),
        close: async () => {
          telegram.close()
          const closed = new Promise(resolve => server.close(resolve))
          server.closeAllConnections()
          await closed
        },
      }
    },
  }
}

/** What leads a bot to the fakes below `url`, by the names of its settings. */
export const addressSettings = (url: string): Record<string, string> => ({
  TELEGRAM_API_URL: url,
  GIGACHAT_AUTH_URL: `${url}/gigachat/api/v2/oauth`,
  GIGACHAT_API_URL: `${url}/gigachat/api/v1`,
  GIGACHAT_CREDENTIALS: credentials,
  GIGACHAT_SCOPE: 'GIGACHAT_API_CORP', // ten streams: concurrent users do not wait for each other
  MCP_URL: `${url}/mcp`,
  MCP_REQUESTS_PER_SECOND: '10',
})

function addressOf(address: AddressInfo | string | null, host: string): string {
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}

function cannotListen(err: unknown, port: number, host: string): StartupError {
  const code = err instanceof Error && 'code' in err ? err.code : undefined
  if (code === 'EADDRINUSE') {
    return new StartupError(`port ${port} on ${host} is in use: stop what uses it or choose another port`, {
      cause: err,
    })
  }
  if (code === 'EACCES') {
    return new StartupError(`port ${port} on ${host} may not be used: choose one above 1023`, { cause: err })
  }
  return new StartupError(`cannot listen on port ${port} of ${host}`, { cause: err })
}
