import { onTestFinished } from 'vitest'
import { type Behaviour, replyJson, startHostileServer } from '../../../../test/support/hostile-server.ts'
import { createTestRegistry } from '../../../../test/support/metrics.ts'
import type { Log } from '../../../telemetry/log.ts'
import type { ChatRequest } from '../../model/chat-model.ts'
import { createClientMetrics } from '../../model/metrics.ts'
import { createOpenAiModel, type OpenAiOptions } from '../openai-model.ts'

export const secret = 'куплю молоко на улице Ленина 5'
export const request: ChatRequest = {
  messages: [{ role: 'user', content: secret }],
  functionCall: 'none',
  sessionId: 'dialogue-1',
}
export const search = {
  name: 'vkusvill_products_search',
  description: 'Finds products',
  parameters: { type: 'object', properties: { q: { type: 'string' } }, additionalProperties: false },
}

/** A completion as OpenAI's own service sends it, with the parts a test replaces. */
export const completion = (
  message: Record<string, unknown> = { content: 'Готово' },
  over: Record<string, unknown> & { finish?: unknown } = {},
) => {
  const { finish = 'stop', ...rest } = over
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'qwen3:8b',
    choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: finish }],
    usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
    ...rest,
  }
}
export const toolCall = (name: string, args: unknown, id = 'call_a') => ({
  id,
  type: 'function',
  function: { name, arguments: args },
})
export const ok = replyJson(200, completion())

/** A client in front of a server that does what the test says; waiting takes no time. */
export async function setup(chat: Behaviour[], over: Partial<OpenAiOptions> = {}) {
  const server = await startHostileServer()
  server.plan('/v1/chat/completions', ...chat)
  const register = createTestRegistry()
  const lines: { level: string; event: string; fields: Record<string, unknown> }[] = []
  const at =
    (level: string): Log['info'] =>
    (event, fields) =>
      void lines.push({ level, event, fields })
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), fatal: at('fatal') }
  const slept: number[] = []
  const model = 'qwen3:8b'
  const client = createOpenAiModel({
    url: `${server.url}/v1`,
    key: 'sk-secret',
    model,
    log,
    metrics: createClientMetrics(register)({ provider: 'openai', model }),
    sleep: async ms => void slept.push(ms),
    random: () => 0,
    ...over,
  })
  onTestFinished(async () => {
    await client.close()
    await server.close()
  })
  const sent = () => server.received.map(({ body }) => JSON.parse(body))
  return { client, server, register, lines, slept, sent }
}
