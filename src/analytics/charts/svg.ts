/** Style of all charts: a light card, legible in light and dark chats; 1080 px is the width of a phone. */
export const look = {
  width: 1080,
  margin: 60,
  /** Telegram scales a taller picture down. */
  mostHeight: 1280,
  page: '#e9efeb',
  background: '#ffffff',
  ink: '#1c2321',
  quiet: '#5b6661',
  grid: '#e3e8e5',
  green: '#1f8a4c',
  blue: '#2f6fb5',
  amber: '#b96a00',
} as const

const escapeXml = (text: string): string =>
  text
    .replace(/[\p{Surrogate}\p{Cc}\p{Noncharacter_Code_Point}]/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

const attributes = (values: Record<string, string | number>): string =>
  Object.entries(values)
    .map(
      ([name, value]) => ` ${name}="${typeof value === 'number' ? Math.round(value * 100) / 100 : escapeXml(value)}"`,
    )
    .join('')

export interface TextStyle {
  size?: number
  weight?: 400 | 700
  fill?: string
  anchor?: 'start' | 'middle' | 'end'
  /** A light outline, for text over a line. */
  halo?: boolean
}

export const text = (x: number, y: number, content: string, style: TextStyle = {}): string => {
  const { size = 26, weight = 400, fill = look.ink, anchor = 'start', halo = false } = style
  const rim = halo ? { stroke: look.background, 'stroke-width': 6, 'paint-order': 'stroke' } : {}
  return `<text${attributes({ x, y, 'font-size': size, 'font-weight': weight, fill, 'text-anchor': anchor, ...rim })}>${escapeXml(content)}</text>`
}

export const rect = (x: number, y: number, width: number, height: number, fill: string, radius = 0): string =>
  `<rect${attributes({ x, y, width: Math.max(0, width), height: Math.max(0, height), fill, rx: radius })}/>`

/** Too narrow for an outline with something inside. */
const narrow = 10

/** Like `rect`, for what still runs: an outline inside the same bounds; where that would not be seen, a pale fill. */
export function hollowRect(
  x: number,
  y: number,
  width: number,
  height: number,
  colour: string,
  radius = 0,
  dashes = '9 6',
): string {
  const [w, h] = [Math.max(0, width), Math.max(0, height)]
  const pale = Math.min(w, h) < narrow
  const rim = pale ? 0 : 3
  return `<rect${attributes({
    x: x + rim / 2,
    y: y + rim / 2,
    width: w - rim,
    height: h - rim,
    rx: radius,
    ...(pale
      ? { fill: colour, 'fill-opacity': 0.4 }
      : { fill: look.background, stroke: colour, 'stroke-width': rim, 'stroke-dasharray': dashes }),
  })}/>`
}

export const line = (x1: number, y1: number, x2: number, y2: number, stroke: string, width = 1): string =>
  `<line${attributes({ x1, y1, x2, y2, stroke, 'stroke-width': width })}/>`

export const circle = (cx: number, cy: number, r: number, fill: string): string =>
  `<circle${attributes({ cx, cy, r, fill })}/>`

export const hollowCircle = (cx: number, cy: number, r: number, stroke: string): string =>
  `<circle${attributes({ cx, cy, r, fill: look.background, stroke, 'stroke-width': 3 })}/>`

export const polyline = (
  points: readonly (readonly [number, number])[],
  stroke: string,
  width: number,
  dashed = false,
): string =>
  `<polyline${attributes({ points: points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' '), fill: 'none', stroke, 'stroke-width': width, 'stroke-linejoin': 'round', ...(dashed ? { 'stroke-dasharray': '9 8' } : { 'stroke-linecap': 'round' }) })}/>`

/** A line under the chart; one that explains what is hollow begins with its sign. */
export interface Note {
  text: string
  hollow?: boolean
}

const noteHeight = 44
const noteMargin = 12

/** The whole chart: page, rounded card, title, content, and the notes under it. */
export function card(title: string, height: number, content: readonly string[], notes: readonly Note[] = []): string {
  const { width, background, page } = look
  const full = height + (notes.length === 0 ? 0 : noteMargin + notes.length * noteHeight)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg"${attributes({ width, height: full, viewBox: `0 0 ${width} ${full}`, 'font-family': 'Inter' })}>`,
    rect(0, 0, width, full, page),
    rect(20, 20, width - 40, full - 40, background, 36),
    heading(title),
    ...content,
    ...notes.flatMap((note, i) => drawNote(note, height + noteMargin - 8 + i * noteHeight)),
    '</svg>',
  ].join('')
}

function drawNote(note: Note, y: number): string[] {
  const { margin, quiet } = look
  const sign = { width: 38, height: 26 }
  return [
    ...(note.hollow ? [hollowRect(margin, y - 22, sign.width, sign.height, quiet, 5, '6 5')] : []),
    text(margin + (note.hollow ? sign.width + 14 : 0), y, note.text, { size: 26, fill: quiet }),
  ]
}

const titleSize = 40
const leastTitleSize = 28
/** Width of a bold Cyrillic letter relative to the font size, a little above the average. */
const letterWidth = 0.62

/** The largest size at which the title fits; cut with «…» if it does not fit at the smallest. */
function heading(title: string): string {
  const room = (look.width - 2 * look.margin) / letterWidth
  const letters = Array.from(title)
  const most = Math.floor(room / leastTitleSize)
  const shown = letters.length > most ? `${letters.slice(0, most - 1).join('')}…` : title
  const size = Math.max(leastTitleSize, Math.min(titleSize, Math.floor(room / Math.max(1, letters.length))))
  return text(look.margin, 92, shown, { size, weight: 700 })
}

/** The chart of a period without data. */
export const emptyCard = (title: string): string =>
  card(title, 420, [text(look.width / 2, 250, 'Пока нет данных', { size: 40, fill: look.quiet, anchor: 'middle' })])

/** Clamps to 0…`most`; NaN becomes 0. */
export const within = (value: number, most = Number.MAX_VALUE): number =>
  Number.isNaN(value) ? 0 : Math.min(most, Math.max(0, value))

/** The smallest round number at or above `value`: the top of a scale. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 1.5, 2, 3, 4, 5, 6, 8, 10].find(step => step * power >= value) ?? 10) * power
}
