import { count, rub } from '../show.ts'
import {
  duration,
  eventWord,
  eventWords,
  failureWords,
  outcomeWords,
  stepNote,
  stepWords,
  updateWord,
} from './request-words.ts'
import type { Step } from './steps.ts'
import type { RequestStory } from './story.ts'

/** Cells of a bar; with time and name a line fits a phone. */
const cells = 9
const mostRows = 24

/** The waterfall of a request as lines of a fixed-width text: a bar on the time axis, how long it took, what it was. */
export function waterfallLines({ steps: all, durationMs }: Pick<RequestStory, 'steps' | 'durationMs'>): string[] {
  const steps = longestSteps(all, mostRows)
  const end = Math.max(durationMs ?? 0, 1, ...all.map(({ startMs, durationMs: took }) => startMs + took))
  const rows = steps.map(step => {
    // the class of an error stands in the head and in the picture; a longer line would not fit a phone
    const note = stepNote(step.status === null ? step : { ...step, note: null })
    return `${bar(step, end)} ${duration(step.durationMs).padStart(6)} ${stepWords(step)}${note === '' ? '' : ` ${step.failed ? '✗ ' : ''}${note}`}`
  })
  return steps.length < all.length ? [...rows, `и ещё ${all.length - steps.length} коротких`] : rows
}

function bar({ kind, startMs, durationMs, failed }: Step, end: number): string {
  const from = Math.min(cells - 1, Math.floor((startMs / end) * cells))
  const to = Math.min(cells, Math.max(from + 1, Math.ceil(((startMs + durationMs) / end) * cells)))
  const fill = failed ? '▒' : kind === 'wait' || kind === 'pause' ? '░' : '█'
  return `${'·'.repeat(from)}${fill.repeat(to - from)}${'·'.repeat(cells - to)}`
}

/** The `most` longest steps, failed ones first, in the order in which they began. */
export function longestSteps(steps: readonly Step[], most: number): Step[] {
  if (steps.length <= most) return [...steps]
  const weight = ({ failed, durationMs }: Step) => (failed ? 1e12 : 0) + durationMs
  const chosen = new Set([...steps].sort((a, b) => weight(b) - weight(a)).slice(0, most))
  return steps.filter(step => chosen.has(step))
}

/** One line of a request: for a list of several, and the head of its block. */
export function outcomeLine({ outcome, failure, steps, lines }: RequestStory): string {
  if (failure !== null) {
    const how = outcome === null || outcome === 'failed' ? 'Бот не справился' : outcomeWords(outcome)
    return `❌ ${how}: ${failureWords(failure)}`
  }
  if (outcome === null)
    return lines === 0 ? '❔ По событиям без ошибки' : `⏳ Последней строки нет: бот ещё отвечает или был остановлен`
  const isAnswered = outcome === 'answered'
  return `${isAnswered ? '✅' : 'ℹ️'} ${outcomeWords(outcome)}${isAnswered && steps.some(({ failed }) => failed) ? ', хотя не всё удалось' : ''}`
}

/** When it was, how long it took, what it was. */
export const factsLine = ({ at, durationMs, updateType }: RequestStory, timeZone: string): string =>
  [
    momentOf(at, timeZone),
    ...(durationMs === null ? [] : [duration(durationMs)]),
    ...(updateType === null ? [] : [updateWord(updateType)]),
  ].join(' · ')

export const momentOf = (at: Date, timeZone: string): string =>
  new Intl.DateTimeFormat('ru-RU', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(at)

/** The whole story as lines of a terminal. */
export function storyLines(story: RequestStory, timeZone: string): string[] {
  const { requestId, userId, model, events, eventsInLines } = story
  return [
    `${requestId}${userId === null ? '' : `, ${userId}`}`,
    outcomeLine(story),
    factsLine(story, timeZone),
    ...waterfallLines(story),
    ...(model.calls === 0
      ? []
      : [`модель: ходов ${model.calls}, токенов ${count(model.tokens)}, ${rub(model.costRub)}`]),
    ...events.map(eventWords),
    ...eventsInLines.map(({ type }) => eventWord(type)),
  ]
}
