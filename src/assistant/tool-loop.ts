import { UpstreamError } from '../errors.ts'
import { maskPersonalData } from '../telemetry/masking.ts'
import { answerText } from './answer-text/answer-text.ts'
import { withoutReasoning } from './answer-text/reasoning.ts'
import { readWrittenCalls } from './answer-text/written-call.ts'
import type { NewerText } from './assistant.ts'
import { productsInHistory } from './history-products.ts'
import type { MessageRun } from './message-run.ts'
import { addAchievement, type Carried, initialState, type MessageState } from './message-state.ts'
import type { AssistantMetrics } from './metrics.ts'
import type { AssistantMessage, ChatAnswer, FunctionCall, FunctionMessage, Message } from './model/chat-model.ts'
import { assistantTexts } from './texts.ts'
import { createToolRunner, type ToolReply, type ToolRunnerDeps } from './tool-runner.ts'
import type { Tool } from './tools/tool.ts'

/** What one message may take at most. */
export const loopLimits = { steps: 40, toolCalls: 20, redundantInRow: 3, unusableTurns: 3 }

export interface LoopStart {
  system: string
  history: readonly Message[]
  sessionId: string
  /** Of the attempt that a later text of the user has ended. */
  carried?: Carried
}

export interface LoopOutcome {
  /** Plain text for the user; null when the model wrote nothing. */
  text: string | null
  /** The whole dialogue to be stored; null leaves it as it was before this message. */
  history: Message[] | null
  /** Error of the model, or of a tool whose last call failed; null when the message was served. */
  error: unknown
  /** What the tool calls achieved, an error or not. */
  achieved: Pick<MessageState, 'cart' | 'limit' | 'statedRestrictions'> & Carried
  /** What the user has sent since: the question is to be asked again with it. Null when there is an answer. */
  newer: NewerText | null
}

interface LoopDeps extends ToolRunnerDeps {
  metrics: Pick<AssistantMetrics, 'toolCalls' | 'toolDuration' | 'steps'>
}

/** A call with its result; they are sent together. `stored` is the result for the history, null when it is left out. */
interface Exchange {
  call: AssistantMessage
  result: FunctionMessage
  stored: FunctionMessage | null
}

/**
 * Lets the model call tools until it answers with text, and composes what they achieved. Ends whatever the model does: when
 * its turns or calls are used up only text is accepted, and after a cart it gets exactly one turn to write it. Never throws.
 */
export async function runToolLoop(deps: LoopDeps, start: LoopStart, run: MessageRun): Promise<LoopOutcome> {
  const runner = createToolRunner(deps)
  // the model needs no address, phone, card or name to fill a cart
  const user: Message = { role: 'user', content: maskPersonalData(run.question.text) }
  let state = initialState(productsInHistory(start.history), start.carried)
  let history = start.history
  let exchanges: Exchange[] = []
  let steps = 0
  let redundantInRow = 0
  let unusableTurns = 0
  let isClosing = false
  let isHistoryDropped = false
  let isAskedAgain = false

  /** What the model may call next: anything, only the cart to finish with, or nothing. */
  function offer(): readonly Tool[] {
    const callsLeft = loopLimits.toolCalls - runner.executed()
    const mustSpeak = state.cart !== null || steps >= loopLimits.steps || callsLeft <= 0
    if (mustSpeak || unusableTurns >= loopLimits.unusableTurns) return []
    if (!isClosing && (callsLeft === 1 || redundantInRow >= loopLimits.redundantInRow)) {
      isClosing = true
      redundantInRow = 0
    }
    if (!isClosing) return runner.available()
    const canFinish = redundantInRow === 0 && state.limit === null
    return canFinish ? runner.available().filter(tool => tool.name === 'vkusvill_cart_link_create') : []
  }

  const send = (offered: readonly Tool[]): Promise<ChatAnswer> =>
    run.ask({
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

  /** Asks again without the dialogue, once, when the service rejects it. */
  async function ask(offered: readonly Tool[]): Promise<ChatAnswer> {
    try {
      return await send(offered)
    } catch (err) {
      const hasDialogue = history.length > 0 || exchanges.length > 0
      if (!isDialogueRejected(err) || !hasDialogue || isHistoryDropped || steps >= loopLimits.steps) throw err
      isHistoryDropped = true
      history = []
      exchanges = state.cart === null ? [] : exchanges.slice(-1)
      runner.clearTranscript()
      steps += 1
      return await send(offered)
    }
  }

  /** Whether the user has sent more, before anything is final. */
  const isOutdated = async (moment: 'turn' | 'end') => state.cart === null && (await run.newer(moment)) !== null

  /** The last turn of the model; null when the user has sent more before it was final. */
  async function converse(): Promise<ChatAnswer | null> {
    run.question.onProgress({ stage: 'thinking' })
    for (;;) {
      if (await isOutdated('turn')) return null
      steps += 1
      const offered = offer()
      if (state.cart !== null) run.question.onProgress({ stage: 'writing' })
      const answer = await ask(offered)
      const turn = readTurn(answer, offered)
      if (turn.isUnusable && !isAskedAgain) {
        isAskedAgain = true
        continue
      }
      const { call } = turn
      if (offered.length === 0 || (call === undefined && answer.finishReason !== 'error'))
        return (await isOutdated('end')) ? null : answer
      if (call === undefined) {
        unusableTurns += 1
        continue
      }
      const reply = await runner.call(call, offered, { ...run, state })
      state = withReply(state, reply)
      if (reply.achieved.preferencesChanged) run.invalidatePreferences()
      exchanges.push({
        call: turn.message,
        result: { role: 'function', name: call.name, content: reply.content },
        stored: reply.stored === null ? null : { role: 'function', name: call.name, content: reply.stored },
      })
      redundantInRow = reply.redundant ? redundantInRow + 1 : 0
    }
  }

  const dialogueWith = (text: string | null): Message[] => [
    ...history,
    user,
    ...exchanges.flatMap(({ call, stored }) => (stored === null ? [] : [call, stored])),
    ...(text === null ? [] : [{ role: 'assistant' as const, content: text }]),
  ]

  try {
    const answer = await converse()
    if (answer === null)
      return { text: null, history: null, error: null, achieved: state, newer: await run.newer('turn') }
    const error = state.cart === null ? runner.failure() : null
    if (answer.finishReason === 'blacklist') {
      return {
        text: state.cart === null ? assistantTexts.refused : null,
        history: state.cart ? dialogueWith(null) : null,
        error,
        achieved: state,
        newer: null,
      }
    }
    const text = answerText(answer.message.content ?? '', {
      hasCart: state.cart !== null,
      isCut: answer.finishReason === 'length',
    })
    return { text, history: dialogueWith(text), error, achieved: state, newer: null }
  } catch (error) {
    const unanswered = isHistoryDropped ? [] : null
    const dialogue = state.cart === null ? unanswered : dialogueWith(null)
    return { text: null, history: dialogue, error, achieved: state, newer: null }
  } finally {
    deps.metrics.steps.observe(steps)
  }
}

/** The state after a call: with what the tool achieved, and with its name, also when it failed. */
const withReply = (state: MessageState, { executed, achieved }: ToolReply): MessageState => ({
  ...addAchievement(state, achieved),
  toolsCalled: executed === null ? state.toolsCalled : new Set([...state.toolsCalled, executed]),
})

interface Turn {
  message: AssistantMessage
  call: FunctionCall | undefined
  /** Nothing in it is for a user, although the model wrote something: it is asked again. */
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
const isDialogueRejected = (err: unknown) => err instanceof UpstreamError && (err.status === 422 || err.status === 413)
