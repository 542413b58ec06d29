/** The look of all pictures: a light card that is legible in light and dark chats, 1080 px wide for a phone. */
export const look = {
  width: 1080,
  margin: 56,
  background: '#ffffff',
  ink: '#1c2321',
  quiet: '#66716c',
  grid: '#e3e8e5',
  green: '#1f8a4c',
  blue: '#2f6fb5',
  amber: '#d98a1f',
} as const

const escapeXml = (text: string): string =>
  text
    .replace(/[\p{Surrogate}\p{Cc}]/gu, ' ')
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
}

export const text = (x: number, y: number, content: string, style: TextStyle = {}): string => {
  const { size = 26, weight = 400, fill = look.ink, anchor = 'start' } = style
  return `<text${attributes({ x, y, 'font-size': size, 'font-weight': weight, fill, 'text-anchor': anchor })}>${escapeXml(content)}</text>`
}

export const rect = (x: number, y: number, width: number, height: number, fill: string, radius = 0): string =>
  `<rect${attributes({ x, y, width: Math.max(0, width), height: Math.max(0, height), fill, rx: radius })}/>`

export const line = (x1: number, y1: number, x2: number, y2: number, stroke: string, width = 1): string =>
  `<line${attributes({ x1, y1, x2, y2, stroke, 'stroke-width': width })}/>`

export const circle = (cx: number, cy: number, r: number, fill: string): string =>
  `<circle${attributes({ cx, cy, r, fill })}/>`

export const polyline = (points: readonly (readonly [number, number])[], stroke: string, width: number): string =>
  `<polyline${attributes({ points: points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' '), fill: 'none', stroke, 'stroke-width': width, 'stroke-linejoin': 'round', 'stroke-linecap': 'round' })}/>`

/** The finished picture: card, title, content. */
export function card(title: string, height: number, content: readonly string[]): string {
  const { width, margin, background } = look
  return [
    `<svg xmlns="http://www.w3.org/2000/svg"${attributes({ width, height, viewBox: `0 0 ${width} ${height}`, 'font-family': 'Inter' })}>`,
    rect(0, 0, width, height, background),
    text(margin, 84, title, { size: 40, weight: 700 }),
    ...content,
    '</svg>',
  ].join('')
}

/** What a picture without data says. */
export const emptyCard = (title: string): string =>
  card(title, 420, [text(look.width / 2, 250, 'Пока нет данных', { size: 36, fill: look.quiet, anchor: 'middle' })])

const whole = new Intl.NumberFormat('ru-RU', { maximumFractionDigits: 0 })
const tenth = new Intl.NumberFormat('ru-RU', { maximumFractionDigits: 1 })

/** «1 380», «430,6 тыс.», «4,2 млн». */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return '—'
  const size = Math.abs(value)
  if (size >= 1e9) return `${tenth.format(value / 1e9)}\u00A0млрд`
  if (size >= 1e6) return `${tenth.format(value / 1e6)}\u00A0млн`
  if (size >= 1e4) return `${tenth.format(value / 1e3)}\u00A0тыс.`
  return size < 10 ? tenth.format(value) : whole.format(value)
}

export const shortRub = (value: number): string => `${shortNumber(value)}\u00A0₽`

/** «07.02» of `2026-02-07`. */
export const shortDate = (day: string): string => `${day.slice(8, 10)}.${day.slice(5, 7)}`

/** A round number at or above `value`. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 1.5, 2, 3, 4, 5, 6, 8, 10].find(step => step * power >= value) ?? 10) * power
}
