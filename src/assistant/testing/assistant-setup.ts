import { createTestRegistry } from '../../../test/support/metrics.ts'
import type { Log } from '../../telemetry/log.ts'
import { silentLog } from '../../telemetry/log.ts'
import type { LogFields } from '../../telemetry/log-catalogue.ts'
import { createAssistant } from '../create-assistant.ts'
import type { ChatRequest, Message, ModelProvider } from '../model/chat-model.ts'
import type { UsageContext } from '../model/usage.ts'
import { type CapSettings, createSpendingCaps } from '../spending-caps.ts'
import {
  createFakeDialogue,
  createFakeRecorder,
  createFakeShop,
  createFakeUsers,
  createScriptedChat,
  product,
  type Turn,
} from './fakes.ts'

export const milk = product(1, 'Молоко 3,2%', { rub: 90, weightGrams: 900 })
export const bread = product(2, 'Хлеб ржаной', { rub: 60, weightGrams: 400 })
export const cheese = product(3, 'Сыр Маасдам', { rub: 350.5, weightGrams: 250 })
const apples = product(4, 'Яблоки', { rub: 129.9, unit: 'кг', weightGrams: null })
const priceless = product(5, 'Трюфель', { rub: null })

/** The assistant among fakes, with a model that follows a script. */
export function setup(
  options: {
    script?: Turn[]
    history?: Message[]
    users?: Parameters<typeof createFakeUsers>[0]
    products?: Parameters<typeof createFakeShop>[0]
    eventDelay?: Promise<void>
    deadlineMs?: number
    caps?: CapSettings
    hasCheaperModel?: boolean
    provider?: ModelProvider
    costRub?: number
  } = {},
) {
  let timeMs = Date.parse('2026-11-22T09:00:00Z')
  const model = createScriptedChat(...(options.script ?? ['Здравствуйте!']))
  const shop = createFakeShop(options.products ?? [milk, bread, cheese, apples, priceless])
  const users = createFakeUsers(options.users)
  const recording = createFakeRecorder(options.eventDelay)
  const dialogue = createFakeDialogue(options.history)
  const register = createTestRegistry()
  const usageCalls: UsageContext[] = []
  const toolLines: LogFields<'tool_call'>[] = []
  const log: Log = {
    ...silentLog,
    info: (event, fields) => void (event === 'tool_call' && toolLines.push({ ...fields })),
  }
  const assistant = createAssistant({
    chat: model.chat,
    recordUsage: (answer, call) => {
      usageCalls.push(call)
      return { calls: 1, tokens: answer.usage.totalTokens ?? 0, costRub: options.costRub ?? 0.065 }
    },
    dialogue: dialogue.store,
    shop,
    users,
    recorder: recording.recorder,
    log,
    register,
    now: () => new Date(timeMs),
    elapsedMs: () => timeMs,
    sessionKey: userId => `session-${userId}`,
    timeZone: 'Europe/Moscow',
    caps: createSpendingCaps({
      ...{ users, log, register, timeZone: 'Europe/Moscow' },
      now: () => new Date(timeMs),
      caps: options.caps ?? { soft: {}, hard: { userRub: 50 } },
    }),
    ...(options.hasCheaperModel !== undefined && { hasCheaperModel: options.hasCheaperModel }),
    ...(options.provider !== undefined && { provider: options.provider }),
    ...(options.deadlineMs !== undefined && { deadlineMs: options.deadlineMs }),
  })
  /** What the model read as the result of its n-th call, from 0. */
  const results = (): Record<string, unknown>[] =>
    (model.requests.at(-1)?.messages ?? []).flatMap(message =>
      message.role === 'function' ? [JSON.parse(message.content)] : [],
    )
  return {
    assistant,
    /** Sets the clock forward. */
    advance: (ms: number) => {
      timeMs += ms
    },
    requests: model.requests,
    shop,
    users,
    ...recording,
    dialogue,
    register,
    usageCalls,
    toolLines,
    results,
  }
}

export const search = (q: string) => ({ call: 'vkusvill_products_search', args: { q } })
export const searchAll = (...queries: string[]) => ({ call: 'vkusvill_products_search', args: { queries } })
export const cart = (products: { xml_id: unknown; q?: unknown }[], budget?: unknown) => ({
  call: 'vkusvill_cart_link_create',
  args: { products, ...(budget !== undefined && { budget }) },
})

/** A list of two, searched and put into a cart. */
export const breakfast: Turn[] = [
  search('молоко'),
  search('хлеб'),
  cart([
    { xml_id: 1, q: 2 },
    { xml_id: 2, q: 1 },
  ]),
  'Завтрак готов!',
]

/** What a borscht takes. */
export const kitchen = [
  product(10, 'Свекла', { unit: 'кг', weightGrams: null }),
  product(11, 'Говядина для супа', { weightGrams: 400 }),
  product(12, 'Говядина тушёная'),
  product(13, 'Яйца куриные, 10 шт'),
]
/** The recipe as the model writes it, for four. */
export const borscht = JSON.stringify([
  { name: 'свёкла', quantity: 2, unit: 'шт', search_query: 'свекла' },
  { name: 'говядина', quantity: 0.5, unit: 'кг', search_query: 'говядина' },
  { name: 'яйца', quantity: 12, unit: 'шт', search_query: 'яйца' },
  { name: 'лавр', quantity: 1, unit: 'шт', optional: true },
])

/** The functions offered in each request; undefined where there were none. */
export const offered = (requests: readonly ChatRequest[]) => requests.map(r => r.functions?.map(f => f.name))
