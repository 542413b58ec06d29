import type { UnfinishedCart } from './dialogue/unfinished.ts'
import type { MessageRun } from './message-run.ts'
import { addAchievement, initialState, type MessageState } from './message-state.ts'
import type { Message } from './model/chat-model.ts'
import { StopRequest } from './stop-request.ts'
import { assistantTexts } from './texts.ts'
import { type Tool, type ToolData, type ToolName, toolNames } from './tools/tool.ts'

/** What came of the cart call made again. */
export interface RemadeCart {
  text: string | null
  cart: MessageState['cart']
  limit: MessageState['limit']
  error: unknown
  achieved: MessageState
}

/**
 * Makes the cart call of an unfinished request again: the same lines and budget with the same checks, which may refuse what
 * they allowed before. Throws StopRequest.
 */
export async function remakeCart(
  tools: readonly Tool[],
  { requested, changesPrevious, products, budgetRub, notFound, toolsCalled }: UnfinishedCart,
  run: MessageRun,
): Promise<RemadeCart> {
  const tool = tools.find(({ name }) => name === 'vkusvill_cart_link_create')
  const args = { products: requested, changes_previous: changesPrevious, budget: budgetRub ?? undefined }
  const call = tool?.prepare(args)
  if (call === undefined || 'problem' in call) throw new TypeError('the stored cart call cannot be made')
  const state: MessageState = {
    ...initialState(() => products),
    budgetRub,
    notFound,
    toolsCalled: new Set(toolsCalled.filter(isToolName)),
  }
  const result = await call.run({ ...run, state })
  const achieved = addAchievement(state, result.achieved ?? {})
  const { cart, limit } = achieved
  if ('error' in result) {
    if (result.error instanceof StopRequest) throw result.error
    return { text: null, cart, limit, error: result.error, achieved }
  }
  const text = cart === null && limit === null ? refusalOf(result.data) : null
  return { text, cart, limit, error: null, achieved }
}

/** What the dialogue stores of a cart that was made after its message. */
export const cartMadeLater: readonly Message[] = [
  { role: 'user', content: 'Собери ссылку ещё раз.' },
  { role: 'assistant', content: 'Готово, корзина собрана.' },
]

const isToolName = (name: string): name is ToolName => toolNames.some(known => known === name)

/** Names why the checks refuse the cart now. */
const refusalOf = ({ error, conflicts }: ToolData): string =>
  error === 'restricted' && Array.isArray(conflicts)
    ? assistantTexts.restricted(conflicts.map(conflict => String(conflict?.name ?? '')))
    : assistantTexts.notMade
