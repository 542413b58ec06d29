import { duration, stepNote, stepWords } from './request-words.ts'
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
    const note = stepNote(step)
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
