import type { Metadata } from '../events/catalogue.ts'
import { factId } from '../events/fact-id.ts'
import type { PlainEventType } from '../events/facts.ts'
import type { Recorder } from '../events/recorder.ts'
import type { Log } from '../telemetry/log.ts'
import type { Preference, Users } from '../users/users.ts'
import type { Answer, CartView, Question } from './assistant.ts'
import type { ChatAnswer, ChatModel, ChatRequest, Message } from './gigachat/types.ts'
import { addUsage, noUsage, type RecordUsage, type UsageTotals } from './gigachat/usage.ts'
import { createNotFound, type NotFound } from './not-found.ts'
import { createProductMemory, type ProductMemory } from './product-memory.ts'
import type { FoundProducts } from './tools/search-products.ts'

/** What the tools of one message share: who asks, what was seen, what came of it. Lives as long as the answer takes. */
export interface MessageContext {
  readonly question: Question
  /** When answering began; all model calls of the message count on that day. */
  readonly startedAt: Date
  /** Aborted by the caller or at the deadline. */
  readonly signal: AbortSignal
  readonly products: ProductMemory
  readonly notFound: NotFound
  /** Names of the tools that were executed. */
  readonly toolsCalled: Set<string>
  /** Searches made so far, by what was asked for: the same one is not made twice. */
  readonly searches: Map<string, FoundProducts>
  /** The last budget among the arguments; it holds until another one is named. */
  budgetRub: number | null
  cart: CartView | null
  limit: Answer['limit']
  /** Loaded once, when first needed; empty when they cannot be read. */
  preferences(): Promise<readonly Preference[]>
  /** What was loaded so far, without asking anyone. */
  knownPreferences(): readonly Preference[]
  /** After a change: the next reader loads them anew. */
  forgetPreferences(): void
  /** Asks the model on behalf of this message; counts what it costs. */
  ask(request: ChatRequest): Promise<ChatAnswer>
  usage(): UsageTotals
  /** Writes down an event of this update; `name` is unique within it, the same on a repeated delivery. */
  record<T extends MessageEvent>(name: string, type: T, metadata: Metadata<T>): void
  /** Resolves once every event recorded so far is durable. */
  settled(): Promise<void>
}

type MessageEvent = Exclude<PlainEventType, 'bot_error'>

export interface MessageContextDeps {
  chat: ChatModel
  recordUsage: RecordUsage
  users: Pick<Users, 'preferences'>
  recorder: Pick<Recorder, 'record'>
  log: Log
  now: () => Date
}

/** The context of one question; `history` is the dialogue before it. */
export function createMessageContext(
  { chat, recordUsage, users, recorder, log, now }: MessageContextDeps,
  question: Question,
  history: readonly Message[],
  signal: AbortSignal,
): MessageContext {
  const { update, user } = question
  // nothing that a message leads to happens before it, whatever the clock of this machine says
  const current = () => new Date(Math.max(now().getTime(), update.at.getTime()))
  const startedAt = current()
  const recording: Promise<void>[] = []
  let usage = noUsage
  let preferences: Promise<readonly Preference[]> | null = null
  let known: readonly Preference[] = []

  const loadPreferences = async () => {
    try {
      known = await users.preferences(user.userId)
    } catch (err) {
      log.warn('upstream_failed', { upstream: 'postgres', operation: 'preferences', err })
    }
    return known
  }

  return {
    question,
    startedAt,
    signal,
    products: createProductMemory(history),
    notFound: createNotFound(),
    toolsCalled: new Set(),
    searches: new Map(),
    budgetRub: null,
    cart: null,
    limit: null,
    preferences: () => (preferences ??= loadPreferences()),
    knownPreferences: () => known,
    forgetPreferences: () => {
      preferences = null
    },
    async ask(request) {
      signal.throwIfAborted()
      const answer = await chat.chat(request, signal)
      const functionName = request.functionName ?? answer.message.function_call?.name ?? ''
      const call = { userId: user.userId, callNumber: usage.calls + 1, functionName, at: startedAt }
      usage = addUsage(usage, recordUsage(answer, call))
      return answer
    },
    usage: () => usage,
    record(name, type, metadata) {
      const event = { type, metadata, userId: user.userId, at: current(), requestId: update.requestId }
      recording.push(recorder.record({ ...event, id: factId(update.key, name), maybeRepeat: question.maybeRepeat }))
    },
    settled: async () => {
      await Promise.all(recording)
    },
  }
}
