import type { MessageState } from './message-state.ts'
import type { ToolReply, ToolRunner } from './tool-runner.ts'
import type { Tool, ToolName } from './tools/tool.ts'

/** What one message may take at most; carts that are refused may be corrected `cartCallsMore` times after the last call. */
export const loopLimits = { steps: 40, toolCalls: 20, cartCallsMore: 2, redundantInRow: 3, unusableTurns: 3 }

const cartTool: ToolName = 'vkusvill_cart_link_create'
/** From this many searches left on the result of a call states it. */
const fewSearches = 5

/** What the model reads beside the result of its call. */
export interface Hint {
  searches_left?: number
  note?: string
}

export interface Offers {
  /** What the model may call in the turn that is number `steps` of the message: anything, only the cart to finish with, or nothing. */
  next(state: MessageState, steps: number): readonly Tool[]
  /** Counts a call, and says what the next turn may do where that is less than before. */
  count(reply: ToolReply, state: MessageState, steps: number): Hint
  /** Counts a turn with which nothing could be done. */
  countUnusable(): void
}

/**
 * What a model that calls tools is offered turn by turn, so that a message ends whatever it does. With the calls used up, or
 * after repetitions, the cart is what is left: it stays until it is made, also after a wrong call, at most three in a row.
 */
export function createOffers(runner: Pick<ToolRunner, 'available' | 'executed'>): Offers {
  let redundantInRow = 0
  let unusableTurns = 0
  let closedBy: 'calls' | 'repetition' | null = null

  const searchesLeft = () => loopLimits.toolCalls - 1 - runner.executed()

  function next(state: MessageState, steps: number): readonly Tool[] {
    const mustSpeak = state.cart !== null || steps >= loopLimits.steps || unusableTurns >= loopLimits.unusableTurns
    if (mustSpeak) return []
    if (closedBy === null && (searchesLeft() <= 0 || redundantInRow >= loopLimits.redundantInRow)) {
      closedBy = searchesLeft() <= 0 ? 'calls' : 'repetition'
      redundantInRow = 0
    }
    if (closedBy === null) return runner.available()
    const callsLeft = loopLimits.toolCalls + loopLimits.cartCallsMore - runner.executed()
    const canFinish = callsLeft > 0 && redundantInRow < loopLimits.redundantInRow && state.limit === null
    return canFinish ? runner.available().filter(tool => tool.name === cartTool) : []
  }

  return {
    next,
    count({ redundant }, state, steps) {
      redundantInRow = redundant ? redundantInRow + 1 : 0
      if (state.cart !== null) return {}
      const offered = next(state, steps + 1)
      if (offered.length === 0) return { note: 'Функций больше нет: ответь текстом, назови найденное.' }
      if (closedBy !== null) return { note: `${why[closedBy]} ${onlyCart}` }
      return searchesLeft() <= fewSearches ? { searches_left: searchesLeft() } : {}
    },
    countUnusable: () => {
      unusableTurns += 1
    },
  }
}

const why = { calls: 'Поиски на это сообщение закончились.', repetition: 'Повторы ничего не дают.' }
const onlyCart =
  'Осталась только vkusvill_cart_link_create: собери корзину из найденного и назови, чего нет. Не из чего – ответь текстом.'
