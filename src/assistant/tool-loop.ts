import { maskPersonalData } from '../telemetry/masking.ts'
import { answerText } from './answer-text/answer-text.ts'
import type { NewerText } from './assistant.ts'
import { trimHistory } from './dialogue/trim-history.ts'
import { productsInHistory } from './history-products.ts'
import type { MessageRun } from './message-run.ts'
import { addAchievement, type Carried, initialState, type KnownProduct, type MessageState } from './message-state.ts'
import type { AssistantMetrics } from './metrics.ts'
import type { AssistantMessage, ChatAnswer, FunctionCall, FunctionMessage, Message } from './model/chat-model.ts'
import { isDialogueRejected } from './model/model-error.ts'
import { createOffers, type Hint, loopLimits } from './offers.ts'
import { StopRequest } from './stop-request.ts'
import { assistantTexts } from './texts.ts'
import { createToolRunner, resultText, type ToolReply, type ToolRunnerDeps } from './tool-runner.ts'
import type { Tool } from './tools/tool.ts'
import { readTurn } from './turn.ts'

export interface LoopStart {
  system: string
  history: readonly Message[]
  /** As many of its newest messages are sent; undefined for all. */
  longestSent?: number | undefined
  /** Products that the model knows of without the history. */
  known: readonly KnownProduct[]
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
  /** The user stopped it. */
  isStopped: boolean
  /** What the tool calls achieved, an error or not. */
  achieved: MessageState
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
 * its turns or calls are used up only text is accepted. A cart that brings its closing words ends the message, after another
 * one the model gets exactly one turn to write them. Never throws.
 */
export async function runToolLoop(deps: LoopDeps, start: LoopStart, run: MessageRun): Promise<LoopOutcome> {
  const runner = createToolRunner(deps)
  const offers = createOffers(runner)
  const system: Message = { role: 'system', content: start.system }
  // the model needs no address, phone, card or name to fill a cart
  const user: Message = { role: 'user', content: maskPersonalData(run.question.text) }
  let state = initialState(() => [...start.known, ...productsInHistory(start.history)], start.carried)
  let history = start.history
  let exchanges: Exchange[] = []
  let steps = 0
  let isHistoryDropped = false
  let isAskedAgain = false

  const send = (offered: readonly Tool[]): Promise<ChatAnswer> =>
    run.ask({
      messages: [
        system,
        ...(start.longestSent === undefined ? history : trimHistory(history, start.longestSent)),
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
  async function converse(): Promise<ClosingTurn | null> {
    run.question.onProgress({ stage: 'thinking' })
    for (;;) {
      if (await isOutdated('turn')) return null
      steps += 1
      const offered = offers.next(state, steps)
      if (state.cart !== null) run.question.onProgress({ stage: 'writing' })
      const answer = await ask(offered)
      const turn = readTurn(answer, offered)
      if (turn.isUnusable && !isAskedAgain) {
        isAskedAgain = true
        continue
      }
      const { call } = turn
      if (offered.length === 0 || (call === undefined && answer.finishReason !== 'error'))
        return (await isOutdated('end'))
          ? null
          : { content: answer.message.content ?? '', finishReason: answer.finishReason }
      if (call === undefined) {
        offers.countUnusable()
        continue
      }
      // a model that calls several functions in one turn has them executed one after another, as if it had called one a turn
      const further = (answer.furtherCalls ?? []).map(next => [callOf(next), next] as const)
      let allowed = offered
      for (const [message, next] of [[turn.message, call] as const, ...further]) {
        if (allowed.length === 0) break
        await execute(message, next, allowed)
        if (hasClosingWords(state)) return { content: state.closingWords, finishReason: 'stop' }
        allowed = offers.next(state, steps)
      }
    }
  }

  async function execute(message: AssistantMessage, call: FunctionCall, offered: readonly Tool[]): Promise<void> {
    const reply = await runner.call(call, offered, { ...run, state })
    state = withReply(state, reply)
    if (reply.achieved.preferencesChanged) run.invalidatePreferences()
    const content = resultText({ ...reply.data, ...withHint(reply.data.note, offers.count(reply, state, steps)) })
    exchanges.push({
      call: message,
      result: { role: 'function', name: call.name, content },
      stored: reply.stored === null ? null : { role: 'function', name: call.name, content: reply.stored },
    })
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
      return {
        text: null,
        history: null,
        error: null,
        isStopped: false,
        achieved: state,
        newer: await run.newer('turn'),
      }
    const error = state.cart === null ? runner.failure() : null
    if (answer.finishReason === 'blacklist') {
      return {
        text: state.cart === null ? assistantTexts.refused : null,
        history: state.cart ? dialogueWith(null) : null,
        error,
        isStopped: false,
        achieved: state,
        newer: null,
      }
    }
    const text = answerText(answer.content, {
      hasCart: state.cart !== null,
      isCut: answer.finishReason === 'length',
    })
    return { text, history: dialogueWith(text), error, isStopped: false, achieved: state, newer: null }
  } catch (error) {
    if (error instanceof StopRequest) {
      return {
        text: null,
        history: dialogueWith(assistantTexts.stopped),
        error: null,
        isStopped: true,
        achieved: state,
        newer: null,
      }
    }
    const unanswered = isHistoryDropped ? [] : null
    const dialogue = state.cart === null ? unanswered : dialogueWith(null)
    return { text: null, history: dialogue, error, isStopped: false, achieved: state, newer: null }
  } finally {
    deps.metrics.steps.observe(steps)
  }
}

/** The state after a call: with what the tool achieved, and with its name, also when it failed. */
const withReply = (state: MessageState, { executed, achieved }: ToolReply): MessageState => ({
  ...addAchievement(state, achieved),
  toolsCalled: executed === null ? state.toolsCalled : new Set([...state.toolsCalled, executed]),
})

const callOf = (call: FunctionCall): AssistantMessage => ({ role: 'assistant', content: '', function_call: call })

/** The words that end the message, as the model wrote them. */
interface ClosingTurn {
  content: string
  finishReason: string
}

const withHint = (note: string | undefined, hint: Hint): Hint => {
  const notes = [note, hint.note].filter(text => text !== undefined)
  return { ...hint, ...(notes.length > 0 && { note: notes.join(' ') }) }
}

/** True once a cart was made and its closing words hold something for the user. */
const hasClosingWords = ({ cart, closingWords }: MessageState) =>
  cart !== null && answerText(closingWords, { hasCart: true, isCut: false }) !== null
