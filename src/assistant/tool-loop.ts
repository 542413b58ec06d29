import { UpstreamError } from '../errors.ts'
import { answerText } from './answer-text/answer-text.ts'
import { withoutReasoning } from './answer-text/reasoning.ts'
import { readWrittenCalls } from './answer-text/written-call.ts'
import type { AssistantMessage, ChatAnswer, FunctionCall, FunctionMessage, Message } from './gigachat/types.ts'
import type { MessageContext } from './message-context.ts'
import type { AssistantMetrics } from './metrics.ts'
import { assistantTexts } from './texts.ts'
import { createToolCaller, type ToolCallerDeps } from './tool-caller.ts'
import type { Tool } from './tools/tool.ts'

/** What one message may take at most. */
export const loopLimits = { steps: 40, toolCalls: 20, wastedInRow: 3, unusableTurns: 3 }

export interface LoopStart {
  system: string
  history: readonly Message[]
  sessionId: string
}

export interface LoopOutcome {
  /** What the person reads, as plain text; null when the model wrote nothing. */
  text: string | null
  /** The whole dialogue as history keeps it from now on; null leaves it as it was before this message. */
  history: Message[] | null
  /** What the model failed with, or a tool that never came right; null when the message was served. */
  error: unknown
}

interface LoopDeps extends ToolCallerDeps {
  metrics: Pick<AssistantMetrics, 'toolCalls' | 'toolDuration' | 'steps'>
}

/** A call with its result; the two never part. `kept` is the result as history keeps it, null when it is not worth it. */
interface Exchange {
  call: AssistantMessage
  result: FunctionMessage
  kept: FunctionMessage | null
}

/**
 * Lets the model call tools until it answers in words. Ends whatever the model does: when its turns or calls are used up
 * only words are taken, and after a cart it gets exactly one turn to speak. Never throws.
 */
export async function runToolLoop(deps: LoopDeps, start: LoopStart, message: MessageContext): Promise<LoopOutcome> {
  const caller = createToolCaller(deps, message)
  const user: Message = { role: 'user', content: message.question.text }
  let history = start.history
  let exchanges: Exchange[] = []
  let steps = 0
  let wastedInRow = 0
  let unusableTurns = 0
  let isClosing = false
  let isHistoryDropped = false
  let isAskedAgain = false

  /** What the model may call next: anything, only the cart to finish with, or nothing. */
  function offer(): readonly Tool[] {
    const callsLeft = loopLimits.toolCalls - caller.executed()
    const mustSpeak = message.cart !== null || steps >= loopLimits.steps || callsLeft <= 0
    if (mustSpeak || unusableTurns >= loopLimits.unusableTurns) return []
    if (!isClosing && (callsLeft === 1 || wastedInRow >= loopLimits.wastedInRow)) {
      isClosing = true
      wastedInRow = 0
    }
    if (!isClosing) return caller.available()
    const canFinish = wastedInRow === 0 && message.limit === null
    return canFinish ? caller.available().filter(tool => tool.name === 'vkusvill_cart_link_create') : []
  }

  const send = (offered: readonly Tool[]): Promise<ChatAnswer> =>
    message.ask({
      messages: [
        { role: 'system', content: start.system },
        ...history,
        user,
        ...exchanges.flatMap(({ call, result }) => [call, result]),
      ],
      ...(offered.length > 0 && { functions: offered.map(tool => tool.spec) }),
      functionCall: offered.length > 0 ? 'auto' : 'none',
      sessionId: start.sessionId,
    })

  /** A dialogue the service refuses is dropped and the question asked once more without it. */
  async function ask(offered: readonly Tool[]): Promise<ChatAnswer> {
    try {
      return await send(offered)
    } catch (err) {
      const hasDialogue = history.length > 0 || exchanges.length > 0
      if (!isDialogueRefused(err) || !hasDialogue || isHistoryDropped || steps >= loopLimits.steps) throw err
      isHistoryDropped = true
      history = []
      exchanges = message.cart === null ? [] : exchanges.slice(-1)
      caller.forgetTranscript()
      steps += 1
      return await send(offered)
    }
  }

  async function converse(): Promise<ChatAnswer> {
    message.question.onProgress({ stage: 'thinking' })
    for (;;) {
      steps += 1
      const offered = offer()
      if (message.cart !== null) message.question.onProgress({ stage: 'writing' })
      const answer = await ask(offered)
      const turn = readTurn(answer, offered)
      if (turn.isUnusable && !isAskedAgain) {
        isAskedAgain = true
        continue
      }
      const { call } = turn
      if (offered.length === 0 || (call === undefined && answer.finishReason !== 'error')) return answer
      if (call === undefined) {
        unusableTurns += 1
        continue
      }
      const reply = await caller.call(call, offered)
      exchanges.push({
        call: turn.message,
        result: { role: 'function', name: call.name, content: reply.content },
        kept: reply.kept === null ? null : { role: 'function', name: call.name, content: reply.kept },
      })
      wastedInRow = reply.wasted ? wastedInRow + 1 : 0
    }
  }

  const keep = (words: string | null): Message[] => [
    ...history,
    user,
    ...exchanges.flatMap(({ call, kept }) => (kept === null ? [] : [call, kept])),
    ...(words === null ? [] : [{ role: 'assistant' as const, content: words }]),
  ]

  try {
    const answer = await converse()
    const error = message.cart === null ? caller.failure() : null
    if (answer.finishReason === 'blacklist') {
      return {
        text: message.cart === null ? assistantTexts.refused : null,
        history: message.cart ? keep(null) : null,
        error,
      }
    }
    const text = answerText(answer.message.content ?? '', {
      hasCart: message.cart !== null,
      isCut: answer.finishReason === 'length',
    })
    return { text, history: keep(text), error }
  } catch (error) {
    const unanswered = isHistoryDropped ? [] : null
    return { text: null, history: message.cart === null ? unanswered : keep(null), error }
  } finally {
    deps.metrics.steps.observe(steps)
  }
}

interface Turn {
  message: AssistantMessage
  call: FunctionCall | undefined
  /** Nothing in it is for a user, although the model wrote something: it is asked once more. */
  isUnusable: boolean
}

/** A turn with the call the model made, or the one it wrote as text, when that function is offered. */
function readTurn({ message }: ChatAnswer, offered: readonly Tool[]): Turn {
  if (message.function_call !== undefined) return { message, call: message.function_call, isUnusable: false }
  const content = message.content ?? ''
  const { call, hasCall, rest } = readWrittenCalls(withoutReasoning(content))
  if (call !== null && offered.some(tool => tool.name === call.name)) {
    return { message: { role: 'assistant', content: '', function_call: call }, call, isUnusable: false }
  }
  const hasWords = answerText(rest, { hasCart: false, isCut: false }) !== null
  const isUnusable = content.trim() !== '' && (hasWords ? hasCall && offered.length > 0 : true)
  return { message, call: undefined, isUnusable }
}

/** 422: something in the dialogue breaks its rules; 413: it is too long. */
const isDialogueRefused = (err: unknown) => err instanceof UpstreamError && (err.status === 422 || err.status === 413)
