import { randomUUID } from 'node:crypto'
import { TimeoutError } from '../errors.ts'
import type { Recorder } from '../events/recorder.ts'
import type { Shop } from '../shop/shop.ts'
import type { Log } from '../telemetry/log.ts'
import type { MetricRegistry } from '../telemetry/registry.ts'
import type { Restriction, UserReadings, Users } from '../users/users.ts'
import { mentionsDiet } from './allergy.ts'
import type { Answer, Assistant, CartView, Question } from './assistant.ts'
import { createDeadline, type Deadline } from './deadline.ts'
import type { DialogueStore } from './dialogue/dialogue-store.ts'
import { trimHistory } from './dialogue/trim-history.ts'
import type { UnfinishedCart } from './dialogue/unfinished.ts'
import { createMessageRun, type MessageRun } from './message-run.ts'
import type { Carried } from './message-state.ts'
import { createMessageTurn } from './message-turn.ts'
import { createAssistantMetrics } from './metrics.ts'
import type { ChatModel, Message, ModelProvider } from './model/chat-model.ts'
import type { StreamTurn } from './model/stream-queue.ts'
import type { RecordUsage } from './model/usage.ts'
import type { PromptVariant } from './prompt-variants.ts'
import { createPrompts, type Prompt } from './prompts.ts'
import { cartMadeLater, remakeCart } from './remake-cart.ts'
import { spokenRestrictions } from './restrictions/spoken.ts'
import { needsWarning } from './restrictions/spoken-in-dialogue.ts'
import type { Permission, SpendingCaps } from './spending-caps.ts'
import { StopRequest } from './stop-request.ts'
import { assistantTexts } from './texts.ts'
import { runToolLoop } from './tool-loop.ts'
import { createTools, type ToolUsers } from './tools/create-tools.ts'
import { createUnfinishedRequests } from './unfinished-requests.ts'

export interface AssistantDeps {
  chat: ChatModel
  recordUsage: RecordUsage
  dialogue: DialogueStore
  shop: Pick<Shop, 'search' | 'details' | 'createCart'>
  users: ToolUsers & Pick<Users, 'readings'>
  recorder: Pick<Recorder, 'submit' | 'record'>
  log: Log
  register: MetricRegistry
  now: () => Date
  /** A clock that is never set, in milliseconds; default: `performance.now()`. */
  elapsedMs?: () => number
  /** A stable pseudonym of a user: the model service must not learn Telegram ids. */
  sessionKey: (userId: number) => string
  timeZone: string
  /** Keeps what model calls cost on one day within caps. */
  caps: Pick<SpendingCaps, 'permit' | 'spend'>
  /** The model can be asked for a cheaper answer; else the dialogue it is sent is shorter. */
  hasCheaperModel?: boolean
  /** The service that is asked first; it is named when the whole answer takes too long. */
  provider?: ModelProvider
  /** The time one answer may take. */
  deadlineMs?: number
  /** Prompts that some of the users get instead of the usual one. */
  variants?: readonly PromptVariant[]
}

/** What the work on one message keeps to, and the dialogue before it. */
interface Limits {
  /** Aborted at the deadline, by the caller, or by the stop of the user. */
  signal: AbortSignal
  history: Message[]
  deadline: Deadline
  turn: StreamTurn
  readings: UserReadings
}

/** Question to answer with the model, the tools and the dialogue so far. Opens nothing. */
export function createAssistant(deps: AssistantDeps): Assistant {
  const { dialogue, shop, users, recorder, log, now, sessionKey, deadlineMs = 120_000 } = deps
  const { caps, provider = 'gigachat', hasCheaperModel = false } = deps
  const metrics = createAssistantMetrics(deps.register)
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone: deps.timeZone, dateStyle: 'short' })
  const runDeps = { ...deps, dayOf: (at: Date) => day.format(at) }
  const prompts = createPrompts({ ...deps, tools: createTools({ shop, users, metrics }) })
  const unfinished = createUnfinishedRequests({ dialogue, now })

  async function submitUsage({
    question: { update, user },
    startedAt,
    promptVersion,
    usage,
  }: MessageRun): Promise<void> {
    const { calls, tokens, costRub, models } = usage()
    if (calls === 0) return
    caps.spend(user.userId, costRub, startedAt)
    // Every try costs, a repeated one too: nothing to recognise it by, so it gets an id of its own.
    const fact = { id: randomUUID(), userId: user.userId, at: startedAt, requestId: update.requestId }
    await recorder.submit({ ...fact, kind: 'usage', calls, tokens, costRub, models, promptVersion })
  }

  /** The warning goes with food for a user who must not eat something, as stored or as spoken. */
  async function needsAllergyWarning(run: MessageRun, cart: CartView | null, stated: readonly Restriction[]) {
    // a cart offers food: the stored preferences count as well as the text
    const preferences = cart === null ? run.knownPreferences() : await run.preferences()
    const restrictions = [...((await run.restrictions()) ?? []), ...stated]
    return (
      restrictions.some(({ kind }) => kind !== 'dislike') ||
      spokenRestrictions(run.question.text).some(needsWarning) ||
      [run.question.text, ...preferences.flatMap(({ category, preference }) => [category, preference])].some(
        mentionsDiet,
      )
    )
  }

  /** The cart call of an earlier message, made again as one message of its own. */
  async function makeCartWithin(
    { signal, history, ...limits }: Limits,
    question: Question,
    { again, prompt }: { again: UnfinishedCart; prompt: Prompt },
  ): Promise<Answer> {
    const run = createMessageRun({ ...runDeps, ...limits, promptVersion: prompt.version }, question, signal, history)
    const { achieved, ...made } = await remakeCart(prompt.tools, again, run)
    const { userId } = question.user
    if (made.cart !== null) await dialogue.save(userId, trimHistory([...history, ...cartMadeLater]))
    await run.settled()
    return {
      ...noAnswer,
      ...made,
      allergyWarning: await needsAllergyWarning(run, made.cart, []),
      unfinished: made.error === null ? null : await unfinished.remember(question, again.text, achieved),
      hadHistory: history.length > 0,
      promptVersion: prompt.version,
    }
  }

  async function answerWithin(
    { signal, history, ...limits }: Limits,
    question: Question,
    { prompt, cap }: { prompt: Prompt; cap: Permission['cap'] },
  ): Promise<Answer> {
    const { userId } = question.user
    let run = createMessageRun({ ...runDeps, ...limits, promptVersion: prompt.version, cap }, question, signal, history)
    const attempt = async (carried?: Carried) => {
      const [restrictions, lastCart] = await Promise.all([run.restrictions(), run.lastCart()])
      const { cartsCreated, cartLimit } = question.user
      const cartsLeft = Math.max(0, cartLimit - cartsCreated)
      const system = prompt.system(now(), { restrictions, lastCart, cartsLeft, cartLimit })
      const known = lastCart?.lines.map(({ product }) => ({ product, origin: 'user' as const })) ?? []
      const longestSent = cap === null || hasCheaperModel ? undefined : cheaperHistory
      const start = { system, history, longestSent, known, sessionId: sessionKey(userId), ...(carried && { carried }) }
      return runToolLoop({ tools: prompt.tools, metrics, log }, start, run)
    }
    let outcome = await attempt()
    while (outcome.newer !== null) {
      run = run.extendedBy(outcome.newer)
      outcome = await attempt(outcome.achieved)
    }
    const { cart, limit } = outcome.achieved

    const allergyWarning = await needsAllergyWarning(run, cart, outcome.achieved.statedRestrictions)
    if (outcome.history !== null) await dialogue.save(userId, trimHistory(outcome.history))
    await Promise.all([run.settled(), submitUsage(run)])
    const isFailed = outcome.error !== null && outcome.error !== undefined
    return {
      text: outcome.text,
      cart,
      recipes: outcome.achieved.recipes,
      limit,
      allergyWarning,
      unfinished: isFailed ? await unfinished.remember(question, run.question.text, outcome.achieved) : null,
      isStopped: outcome.isStopped,
      error: outcome.error,
      hadHistory: history.length > 0,
      promptVersion: prompt.version,
    }
  }

  /** Does the work of one message until its deadline, its end by the caller or the stop by the user. Never throws. */
  async function limited(
    question: Question,
    prompt: Prompt,
    work: (limits: Limits) => Promise<Answer>,
  ): Promise<Answer> {
    const { signal, stopSignal, user } = question
    const ending = new AbortController()
    const deadline = createDeadline(deadlineMs, {
      elapsedMs: deps.elapsedMs,
      onOver: () => ending.abort(new TimeoutError(provider, deadlineMs)),
    })
    const turn = createMessageTurn(question, deadline)
    // not AbortSignal.any(): on Node 20 each answer would leave something behind on a signal that lives as long as the bot
    const giveUp = () => ending.abort(signal.reason)
    signal.addEventListener('abort', giveUp)
    if (signal.aborted) giveUp()
    const stop = () => ending.abort(new StopRequest())
    stopSignal?.addEventListener('abort', stop, { once: true })
    if (stopSignal?.aborted === true) stop()
    let history: Message[] = []
    try {
      history = await dialogue.load(user.userId)
      return await work({ signal: ending.signal, history, deadline, turn, readings: users.readings(user.userId) })
    } catch (error) {
      const nothing = { ...noAnswer, promptVersion: prompt.version, hadHistory: history.length > 0 }
      if (error instanceof StopRequest) return { ...nothing, isStopped: true }
      return { ...nothing, error, unfinished: await unfinished.remember(question, question.text) }
    } finally {
      deadline.end()
      signal.removeEventListener('abort', giveUp)
      stopSignal?.removeEventListener('abort', stop)
    }
  }

  return {
    answer: question => {
      const { userId } = question.user
      const prompt = prompts.of(userId)
      return limited(question, prompt, async limits => {
        const permission = await caps.permit(userId, limits.readings)
        if (permission.answer !== 'refused') return answerWithin(limits, question, { prompt, cap: permission.cap })
        const text = assistantTexts.capReached(permission.cap, permission.until.getTime() - now().getTime())
        return { ...noAnswer, promptVersion: prompt.version, hadHistory: limits.history.length > 0, text }
      })
    },
    makeCart: (question, again) => {
      const prompt = prompts.of(question.user.userId)
      return limited(question, prompt, limits =>
        makeCartWithin(limits, { ...question, text: again.text }, { again, prompt }),
      )
    },
    unfinished: unfinished.find,
    dropUnfinished: dialogue.dropUnfinished,
    forget: userId => dialogue.clear(userId),
  }
}

/** Messages of the dialogue that are sent where the model itself cannot be a cheaper one. */
const cheaperHistory = 12

/** No answer: a bug of ours, whose achievements are lost with it, or a refusal. */
const noAnswer = {
  text: null,
  cart: null,
  recipes: [],
  limit: null,
  allergyWarning: false,
  isStopped: false,
  unfinished: null,
  error: null,
}
