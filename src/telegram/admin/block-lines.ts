import { count, percent, ratio } from '../../analytics/show.ts'
import { type Html, html } from '../html.ts'

/** «Новых:           47»: figures stand under each other. */
export const line = (label: string, width: number, value: string): string => `${`${label}:`.padEnd(width)} ${value}`

/** A block in a fixed-width font. */
export const table = (title: string, rows: readonly string[]): Html =>
  html`<b>${title}</b>\n\n<pre>${rows.join('\n')}</pre>`

/** «10 (25 %)». */
export const share = (n: number, of: number): string => `${count(n)} (${percent(ratio(n, of))})`
