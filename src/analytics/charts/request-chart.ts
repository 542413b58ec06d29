import { longestSteps } from '../requests/request-text.ts'
import { duration, stepNote, stepWords } from '../requests/request-words.ts'
import type { Step } from '../requests/steps.ts'
import type { RequestStory } from '../requests/story.ts'
import { card, emptyCard, line, look, rect, roundUp, text } from './svg.ts'

/** What the picture of a request shows. */
export type RequestPicture = Pick<RequestStory, 'steps' | 'durationMs'>

const left = 396
/** Leaves room for a duration with its note behind the longest bar. */
const right = look.width - look.margin - 120
const top = 190
const rowHeight = 44
const barHeight = 26
const leastBar = 5
/** With more rows Telegram would scale the picture down. */
const mostRows = 21
/** Of the duration with its note, a little above the average. */
const letterWidth = 11.5
const red = '#c0392b'
const grey = '#9aa6a0'

const colours: Record<Step['kind'], string> = {
  wait: grey,
  pause: grey,
  model: look.blue,
  tool: look.green,
  telegram: look.amber,
  service: red,
}
const legend = [
  [look.blue, 'модель'],
  [look.green, 'функция'],
  [look.amber, 'Telegram'],
  [grey, 'ожидание'],
  [red, 'сбой'],
] as const

/** A bar for each step of a request over one time axis: what it did, what it waited for, what failed. */
export function requestChart({ steps: all, durationMs }: RequestPicture, title: string): string {
  if (all.length === 0) return emptyCard(title)
  const steps = longestSteps(all, mostRows)
  const end = Math.max(durationMs ?? 0, 1, ...steps.map(({ startMs, durationMs: took }) => startMs + took))
  const x = (ms: number) => left + (ms / end) * (right - left)
  const bottom = top + steps.length * rowHeight
  const step = roundUp(end / 4)
  const ticks = Array.from({ length: Math.floor(end / step) + 1 }, (_, i) => i * step)
  const rows = steps.flatMap((one, i) => {
    const y = top + i * rowHeight
    const from = x(one.startMs)
    const width = Math.max(leastBar, x(one.startMs + one.durationMs) - from)
    return [
      text(left - 18, y + 22, stepWords(one), { size: 25, anchor: 'end' }),
      rect(from, y, width, barHeight, one.failed ? red : colours[one.kind], Math.min(6, width / 2)),
      caption(one, { from, width, y: y + 21 }),
    ]
  })
  return card(
    title,
    bottom + 84,
    [
      ...ticks.flatMap(ms => [
        line(x(ms), top - 14, x(ms), bottom, look.grid, 2),
        text(x(ms), top - 26, duration(ms), { size: 22, fill: look.quiet, anchor: 'middle' }),
      ]),
      ...rows,
      ...legend.flatMap(([colour, word], i) => [
        rect(look.margin + i * 192, bottom + 18, 24, 24, colour, 6),
        text(look.margin + i * 192 + 34, bottom + 38, word, { size: 24, fill: look.quiet }),
      ]),
    ],
    steps.length < all.length
      ? [{ text: `Показаны ${steps.length} самых долгих шагов из ${all.length}`, hollow: false }]
      : [],
  )
}

/** How long a step took, with its note: behind its bar, in it or before it; without the note where that has no room. */
function caption(step: Step, { from, width, y }: { from: number; width: number; y: number }): string {
  const note = stepNote(step)
  const took = duration(step.durationMs)
  const whole = note === '' ? took : `${took} ${note}`
  const room = whole.length * letterWidth + 20
  const style = { size: 22, halo: true, fill: step.failed || step.kind === 'pause' ? red : look.quiet }
  const behind = (content: string) => text(from + width + 10, y, content, style)
  if (from + width + room < look.width - 36) return behind(whole)
  const within = colours[step.kind] === grey && !step.failed ? look.ink : look.background
  if (width > room) return text(from + 12, y, whole, { size: 22, fill: within })
  return from - room > left ? text(from - 10, y, whole, { ...style, anchor: 'end' }) : behind(took)
}
