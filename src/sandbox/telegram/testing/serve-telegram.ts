import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { Api } from 'grammy'
import { onTestFinished, vi } from 'vitest'
import { createControlApi } from '../../control/control-api.ts'
import type { SandboxEventFeed } from '../../control/events-feed.ts'
import { createFaults } from '../../faults.ts'
import { createFakeTelegram, type FakeTelegramDeps } from '../fake-telegram.ts'

export const token = '42:abcdefghijklmnopqrstuvwxyz-0123456'

/** A fake with its control API on a free port, closed after the test. */
export async function serveTelegram(options: Partial<FakeTelegramDeps> & { events?: SandboxEventFeed } = {}) {
  const faults = createFaults()
  const telegram = createFakeTelegram({
    token,
    username: 'test_bot',
    faults,
    adminId: 1,
    now: () => new Date(),
    ...options,
  })
  const app = express()
  app.use(
    telegram.router,
    createControlApi({ telegram, shop: { basketView: () => null }, faults, events: options.events }),
  )
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  onTestFinished(async () => {
    telegram.close()
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })
  const call = async (method: string, params: object = {}, asToken = token) => {
    const response = await fetch(`${url}/bot${asToken}/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(params),
    })
    return { status: response.status, body: await response.json() }
  }
  const control = async (path: string, body?: unknown) => {
    const response = await fetch(`${url}/sandbox/${path}`, {
      ...(body !== undefined && {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    })
    return { status: response.status, body: await response.json() }
  }
  return { url, telegram, act: telegram.act, faults, api: new Api(token, { apiRoot: url }), call, control }
}

/** `description` of the refusal a call is answered with. */
export async function refusal(call: Promise<unknown>): Promise<{ code: number; description: string }> {
  try {
    await call
  } catch (err) {
    if (err instanceof Error && 'error_code' in err && 'description' in err) {
      return { code: Number(err.error_code), description: String(err.description) }
    }
    throw err
  }
  throw new Error('the call was not refused')
}

/** The first truthy value of `seen`, looked at until it comes. */
export const eventually = <T>(seen: () => T | Promise<T>) => vi.waitUntil(seen, { timeout: 120_000, interval: 10 })
