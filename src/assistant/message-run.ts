import type { Metadata } from '../events/catalogue.ts'
import { factId } from '../events/fact-id.ts'
import type { ModelUsage } from '../events/facts.ts'
import type { Recorder } from '../events/recorder.ts'
import type { Log } from '../telemetry/log.ts'
import type { LastCart, Preference, Restriction, UpdateRef, UserReadings } from '../users/users.ts'
import type { NewerText, Question } from './assistant.ts'
import type { Cap } from './cap-metrics.ts'
import type { Deadline } from './deadline.ts'
import { earlierRequest } from './earlier-request.ts'
import type { MessageContext, MessageEvent } from './message-context.ts'
import type { ChatModel, ChatRequest, Message } from './model/chat-model.ts'
import type { StreamTurn } from './model/stream-queue.ts'
import { addUsage, noUsage, type RecordUsage, type UsageTotals } from './model/usage.ts'
import { restrictionsIn } from './restrictions/restriction.ts'
import { spokenInDialogue } from './restrictions/spoken-in-dialogue.ts'

/** The services of one message while it is answered. */
export interface MessageRun extends Omit<MessageContext, 'state'> {
  /** When answering began; all model calls of the message count on that day. */
  readonly startedAt: Date
  /** The preferences read so far; reads nothing. */
  knownPreferences(): readonly Preference[]
  /** Drops the cached preferences and restrictions: the next reader loads them again. */
  invalidatePreferences(): void
  usage(): UsageTotals & { models: readonly ModelUsage[] }
  /** The same run for the question with a later text of the user added. */
  extendedBy(newer: NewerText): MessageRun
  /** Resolves once every event recorded so far is durable. */
  settled(): Promise<void>
}

export interface MessageRunDeps {
  chat: ChatModel
  recordUsage: RecordUsage
  readings: UserReadings
  recorder: Pick<Recorder, 'record'>
  log: Log
  now: () => Date
  /** The calendar day, `YYYY-MM-DD`. */
  dayOf: (at: Date) => string
  promptVersion: string
  /** Until when the answer must be there. */
  deadline: Pick<Deadline, 'leftMs'>
  /** The place of the message in the queue for the model. */
  turn: StreamTurn
  /** The cap that makes this message a cheaper one, decided once for all its calls. */
  cap?: Cap | null
}

/** Kept at the end of a message for the model to say how it went. */
const longestClosingMs = 15_000

/** Creates the services of one question; `signal` ends them, `history` is the dialogue before it. */
export function createMessageRun(
  { chat, recordUsage, readings, recorder, log, now, dayOf, promptVersion, deadline, turn, cap = null }: MessageRunDeps,
  question: Question,
  signal: AbortSignal,
  history: readonly Message[] = [],
): MessageRun {
  const { update, user } = question
  // nothing that a message leads to happens before it, whatever the clock of this machine says
  const current = () => new Date(Math.max(now().getTime(), update.at.getTime()))
  const startedAt = current()
  const closingMs = Math.min(longestClosingMs, deadline.leftMs() / 8)
  const recording: Promise<void>[] = []
  let usage = noUsage
  const models = new Map<string, ModelUsage>()
  let preferences: Promise<readonly Preference[]> | null = null
  let known: readonly Preference[] = []

  const loadPreferences = async () => {
    try {
      known = await readings.preferences()
    } catch (err) {
      log.warn('upstream_failed', { upstream: 'postgres', operation: 'preferences', err })
    }
    return known
  }

  let restrictions: Promise<readonly Restriction[] | null> | null = null
  const loadRestrictions = async () => {
    try {
      const [stated, preferences] = await Promise.all([readings.restrictions(), readings.preferences()])
      return [...stated, ...preferences.flatMap(restrictionsIn)]
    } catch (err) {
      log.warn('upstream_failed', { upstream: 'postgres', operation: 'restrictions', err })
      return null
    }
  }

  let lastCart: Promise<LastCart | null> | null = null
  const loadLastCart = () =>
    readings.lastCart().catch((err: unknown) => {
      log.warn('upstream_failed', { upstream: 'postgres', operation: 'last_cart', err })
      return null
    })

  const services = {
    earlier: earlierRequest(history),
    startedAt,
    now: current,
    promptVersion,
    signal,
    toolTimeMs: () => deadline.leftMs() - closingMs,
    today: dayOf(startedAt),
    preferences: () => (preferences ??= loadPreferences()),
    knownPreferences: () => known,
    invalidatePreferences: () => {
      readings.forget()
      preferences = null
      restrictions = null
    },
    restrictions: () => (restrictions ??= loadRestrictions()),
    async lastCart() {
      if (!user.hasLastCart) return null
      lastCart ??= loadLastCart()
      return lastCart
    },
    async ask(request: ChatRequest) {
      signal.throwIfAborted()
      const answer = await chat.chat({ ...request, turn, ...(cap !== null && { isCheaper: true }) }, signal)
      const functionName = request.functionName ?? answer.message.function_call?.name ?? ''
      const call = { userId: user.userId, callNumber: usage.calls + 1, functionName, promptVersion, at: startedAt, cap }
      const spent = recordUsage(answer, call)
      usage = addUsage(usage, spent)
      const { provider, asked: model } = answer
      const key = `${provider} ${model}`
      models.set(key, { provider, model, ...addUsage(models.get(key) ?? noUsage, spent) })
      return answer
    },
    usage: () => ({ ...usage, models: [...models.values()] }),
    record<T extends MessageEvent>(name: string, type: T, metadata: Metadata<T>) {
      const event = { type, metadata, userId: user.userId, at: current(), requestId: update.requestId }
      recording.push(recorder.record({ ...event, id: factId(update.key, name), maybeRepeat: question.maybeRepeat }))
    },
    settled: async () => {
      await Promise.all(recording)
    },
  }
  const runFor = (asked: Question, together: readonly UpdateRef[]): MessageRun => {
    let found: NewerText | null = null
    return {
      ...services,
      question: asked,
      spoken: spokenInDialogue(history, asked.text),
      together,
      newer: async moment => (found ??= (await asked.takeNewer?.(moment, signal)) ?? null),
      extendedBy: ({ text, updates }) =>
        // what the user adds in words is judged by the words, not by the button pressed before
        runFor({ ...asked, text: `${asked.text}\n${text}`, correctsLast: false }, [...together, ...updates]),
    }
  }
  return runFor(question, [])
}
