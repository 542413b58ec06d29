import { setTimeout as sleep } from 'node:timers/promises'
import { Conversation } from '../evals/runner/conversation.ts'
import { type EvalBot, startEvalBot } from '../evals/runner/eval-bot.ts'
import { playConversation } from '../evals/runner/play.ts'
import type { ChatRequest, FunctionSpec } from '../src/assistant/model/chat-model.ts'
import type { Bench, BenchContext, BenchResult } from './bench.ts'
import { ratio, spread } from './measure.ts'

/** How long the model takes for a turn. */
const turnMs = 2_000
/** Empties the cache of the shop and the prefix cache of the model in between. */
const pauseMs = 4 * 3_600_000

/** Each is played by a new user; its last message is measured. */
const asked: Record<string, readonly string[]> = {
  'a list of 25': [
    'молоко, кефир, ряженка, творог, сметана, йогурт, масло сливочное, яйца, сыр, хлеб, бананы, яблоки, лимон, картофель, морковь, лук, огурцы, помидоры, свинина, фарш, гречка, рис, макароны, чай, сахар',
  ],
  'a list of 8': ['ряженка, творог, сметана, груши, помидоры, батон, куриное филе, макароны'],
  'breakfast for two': ['собери завтрак на двоих'],
  'three days under 3000 ₽': ['меню на 3 дня до 3000 рублей'],
  '«убери сыр, добавь масло»': ['молоко, хлеб, сыр', 'убери сыр, добавь масло'],
}

/** Turns of the model, billed tokens, and seconds until the answer, of one message. */
interface Cost {
  turns: number
  tokens: number
  seconds: number
}

export const turnsBench: Bench = {
  name: 'turns',
  question: 'How many turns of the model, billed tokens and seconds does a message take until its cart?',
  against:
    'the same bot whose model is offered one query a search and no closing words with the cart, as it was before (both answer at the same time, in one run)',
  settings: [
    `The sandbox's model with ${turnMs / 1000} s a turn, the fake shop at the pace of the real one: one call a second, a burst of four after a pause (\`MCP_REQUESTS_PER_SECOND=1\`). Tokens as the fake bills them: an unchanged beginning of a request is free for 30 s.`,
    'Each message is that of a new user with cold caches; of two messages the second is measured, with the first in its dialogue.',
    'A turn before that only asked for the stored tastes or for the last cart is not played, so the ratios are cautious.',
  ],
  explained: [
    'What is left of the time is the pace of the shop: a burst of four, one call a second, and no more than 60 in a minute. So 25 searches take 21 s, 14 take 10, however few turns they take; of the 57 s of all messages 37 are that wait and 20 the model (ten turns). Before, searches came one a turn, every two seconds, and never waited for the pace. The bot remembers the calls of the last minute, in Redis too; while it did not, it had to hold back five of the sixty so that a burst fits into any minute, and this bench gave 0.521 × (60.1 s). Equal searches in flight are sent once and answers are cached for three hours, which messages with cold caches do not show. What is left of the tokens is the beginning of the first request, instructions and functions, which nothing shortens when it is cold; a real service whose cache expires sooner bills each turn saved in full.',
  ],
  run,
}

async function run(context: BenchContext): Promise<BenchResult[]> {
  const delayMs = context.at({ quick: 1, normal: turnMs })
  const rounds = context.at({ quick: 1, normal: 1, long: Math.min(context.rounds, 3) })
  const before = await startBot(context, delayMs, asBefore)
  const after = await startBot(context, delayMs, request => request)
  const names = context.at({ quick: ['a list of 8'], normal: Object.keys(asked) })
  const costs: Record<string, { before: Cost[]; after: Cost[] }> = {}
  let userId = 1_000
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      context.note(`round ${round + 1}: ${name}`)
      userId += 1
      const [one, other] = await Promise.all([measure(before, name, userId), measure(after, name, userId)])
      const cost = costs[name] ?? { before: [], after: [] }
      costs[name] = cost
      cost.before.push(one)
      cost.after.push(other)
    }
  }
  const all = Object.values(costs)
  const sums = (who: 'before' | 'after', what: keyof Cost) =>
    Array.from({ length: rounds }, (_, round) => all.reduce((sum, cost) => sum + (cost[who][round]?.[what] ?? 0), 0))
  const results = (Object.keys(targets) as (keyof Cost)[]).map((what): BenchResult => {
    const compared = ratio(sums('after', what), sums('before', what))
    const { unit, most } = targets[what]
    return {
      what: `all messages: ${what}`,
      unit,
      value: spread(sums('after', what)),
      ratios: [{ to: 'before', value: compared }],
      target: { text: `at most ${most} × before`, met: compared.median <= most },
    }
  })
  const rows = Object.entries(costs).flatMap(([name, cost]) =>
    (Object.keys(targets) as (keyof Cost)[]).map((what): BenchResult => {
      const values = (who: 'before' | 'after') => cost[who].map(one => one[what])
      return {
        what: `${name}: ${what}`,
        unit: targets[what].unit,
        value: spread(values('after')),
        ratios: [{ to: 'before', value: ratio(values('after'), values('before')) }],
        remark: `before: ${spread(values('before')).median.toFixed(what === 'seconds' ? 1 : 0)}`,
      }
    }),
  )
  return [...results, ...rows]
}

const targets: Record<keyof Cost, { unit: string; most: number }> = {
  turns: { unit: 'turns', most: 0.4 },
  tokens: { unit: 'tokens', most: 0.35 },
  seconds: { unit: 's', most: 0.5 },
}

async function startBot(
  context: BenchContext,
  delayMs: number,
  change: (request: ChatRequest) => ChatRequest,
): Promise<EvalBot> {
  const database = await context.database()
  const bot = await startEvalBot({
    databaseUrl: database.url,
    settings: { MCP_REQUESTS_PER_SECOND: context.at({ quick: '100', normal: '1' }), GIGACHAT_CONCURRENCY: '10' },
    wrapModel: model => ({
      async chat(request, signal) {
        await sleep(delayMs, undefined, { ...(signal !== undefined && { signal }) })
        return await model.chat(change(request), signal)
      },
    }),
  })
  context.onEnd(() => bot.stop())
  return bot
}

async function measure(bot: EvalBot, name: string, userId: number): Promise<Cost> {
  bot.setForward(pauseMs)
  const steps = (asked[name] ?? []).map(say => ({ say, expect: { cart: 'made' } }))
  const conversation = Conversation.parse({ id: 'turns', about: name, steps })
  const played = (await playConversation(bot, conversation, userId)).at(-1)?.outcome
  if (played === undefined || played.cart === null) throw new Error(`${name}: no cart was made`)
  return { turns: played.turns.length, tokens: played.tokens, seconds: played.seconds }
}

/** The functions as they were offered before: one query a search, and a cart without words. */
const asBefore = (request: ChatRequest): ChatRequest => ({
  ...request,
  ...(request.functions !== undefined && { functions: request.functions.map(specBefore) }),
})

function specBefore(spec: FunctionSpec): FunctionSpec {
  if (spec.name === 'vkusvill_products_search') return { ...spec, ...searchBefore }
  if (spec.name !== 'vkusvill_cart_link_create') return spec
  const { properties, ...parameters } = spec.parameters
  const { message: _message, ...others } = Object(properties)
  return { ...spec, parameters: { ...parameters, properties: others } }
}

const searchBefore = {
  description:
    'Ищет товары ВкусВилла по названию. Один вызов – один товар. Возвращает до пяти товаров с ценой в рублях за единицу unit: price – сколько заплатят за одну, её и называй; discount_price действует только при discount_condition.',
  parameters: {
    type: 'object',
    properties: {
      q: {
        type: 'string',
        description: 'Что искать: одно–три слова без чисел, веса и брендов, например «творог» или «хлеб ржаной»',
      },
      sort: {
        type: 'string',
        enum: ['popularity', 'rating', 'price_asc', 'price_desc', 'new'],
        description:
          'Порядок: popularity (обычно), rating, price_asc – сначала дешёвые за килограмм или литр, price_desc, new',
      },
    },
    required: ['q'],
  },
}
