import type { ChatBody, WireMessage } from '../chat-contract.ts'
import { gramsInName } from './choose.ts'
import { Found } from './tool-results.ts'

/** One function call of the model with what came back. */
export interface ToolRun {
  name: string
  arguments: Record<string, unknown>
  result: unknown
}

/** A request as the rules see it. */
export interface ModelDialogue {
  /** Everything the user wrote, oldest first. */
  texts: string[]
  /** The system message: the instructions, and what the bot knows of the user. */
  system: string
  /** Calls answered since the user's last message, in order. */
  runs: ToolRun[]
  /** Calls of earlier messages that are still in the history. */
  earlier: ToolRun[]
}

/** Extracts the user's requests and the calls already answered from the messages of a request. */
export function readDialogue({ messages }: Pick<ChatBody, 'messages'>): ModelDialogue {
  const last = messages.findLastIndex(message => message.role === 'user')
  return {
    system: messages.find(message => message.role === 'system')?.content ?? '',
    texts: messages.flatMap(message => (message.role === 'user' ? [message.content] : [])),
    runs: runsOf(messages.slice(last + 1)),
    earlier: runsOf(messages.slice(0, Math.max(last, 0))),
  }
}

function runsOf(messages: readonly WireMessage[]): ToolRun[] {
  return messages.flatMap((message, i) => {
    const call = messages[i - 1]
    if (message.role !== 'function' || call?.role !== 'assistant' || call.function_call === undefined) return []
    return [{ name: message.name, arguments: call.function_call.arguments, result: parse(message.content) }]
  })
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch (_notJson) {
    return null
  }
}

const cartLine = /^(?<xmlId>\d+) × (?<q>\d+(?:\.\d+)?) (?<unit>\S+) (?<name>.+?)(?: – (?<sum>\d+(?:\.\d+)?) ₽)?$/gmu

/** Lines of the user's last cart, as the system message has them; none when it has no cart. */
export function lastCartIn(system: string): Found[] {
  const [, cart] = system.split(/^Последняя корзина.*$/mu)
  return [...(cart ?? '').matchAll(cartLine)].flatMap(({ groups = {} }) => {
    const { xmlId, q, unit, name = '', sum } = groups
    const price = sum === undefined ? null : Number(sum) / Number(q)
    const found = Found.safeParse({ xml_id: xmlId, name, unit, price, q: Number(q), weight_g: gramsInName(name) })
    return found.success ? [found.data] : []
  })
}

const left = /[Оо]сталось корзин:? (?<left>\d+)|[Кк]орзин осталось:? (?<other>\d+)/

/** Carts left, as the system message says it; null when it does not. */
export function cartsLeft(system: string): number | null {
  const found = left.exec(system)?.groups
  return found === undefined ? null : Number(found.left ?? found.other)
}
