import { afterEach, expect } from 'vitest'
import {
  type Behaviour,
  type HostileServer,
  replyJson,
  startHostileServer,
} from '../../../../test/support/hostile-server.ts'
import { createTestRegistry } from '../../../../test/support/metrics.ts'
import type { Log } from '../../../telemetry/log.ts'
import type { ChatRequest } from '../../model/chat-model.ts'
import { createClientMetrics } from '../../model/metrics.ts'
import { createGigaChat, type GigaChatOptions } from '../giga-chat.ts'

export const secret = 'куплю молоко на улице Ленина 5'
export const request: ChatRequest = {
  messages: [{ role: 'user', content: secret }],
  functionCall: 'none',
  sessionId: 'dialogue-1',
}
export const startOfTime = new Date('2026-11-22T12:00:00Z')
export const tokenFor = (ms: number, value = 'token-1') =>
  replyJson(200, { access_token: value, expires_at: startOfTime.getTime() + ms })
export const halfAnHour = 30 * 60_000
export const answer = (over: Record<string, unknown> = {}) => ({
  choices: [{ message: { role: 'assistant', content: 'Готово' }, index: 0, finish_reason: 'stop' }],
  created: 1,
  model: 'GigaChat-2-Max:2.0.28.2',
  object: 'chat.completion',
  usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, precached_prompt_tokens: 2 },
  ...over,
})
export const ok = replyJson(200, answer())

export const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A client in front of a server that does what the test says; time stands still and waiting takes none. */
export async function setup(chat: Behaviour[], { oauth = [tokenFor(halfAnHour)], ...over }: Partial<Setup> = {}) {
  const server = await startHostileServer()
  server.plan('/oauth', ...oauth)
  server.plan('/api/chat/completions', ...chat)
  const register = createTestRegistry()
  const lines: { level: string; event: string; fields: Record<string, unknown> }[] = []
  const at =
    (level: string): Log['info'] =>
    (event, fields) =>
      void lines.push({ level, event, fields })
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), fatal: at('fatal') }
  const slept: number[] = []
  const client = createGigaChat({
    authUrl: `${server.url}/oauth`,
    apiUrl: `${server.url}/api`,
    credentials: 'aWQ6c2VjcmV0',
    scope: 'GIGACHAT_API_PERS',
    model: 'GigaChat-2-Max',
    concurrency: 10,
    log,
    metrics: createClientMetrics(register)({ provider: 'gigachat', model: 'GigaChat-2-Max' }),
    now: () => startOfTime,
    sleep: async ms => void slept.push(ms),
    random: () => 0,
    ...over,
  })
  cleanups.push(
    () => client.close(),
    () => server.close(),
  )
  return { client, server, register, lines, slept }
}
type Setup = GigaChatOptions & { oauth: Behaviour[] }

export const sent = (server: HostileServer, path: string) => server.received.filter(r => r.path === path)
export const chats = (server: HostileServer) => sent(server, '/api/chat/completions')
export const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.fail('the call was answered'),
    (err: unknown) => err,
  )

/** Lets the test decide when something that waits for `passed` goes on. */
export function gate(): { passed: Promise<void>; open: () => void } {
  let open: () => void = () => undefined
  const passed = new Promise<void>(resolve => {
    open = resolve
  })
  return { passed, open }
}
