import encodeQR from 'qr'
import { card, look, rect, text } from './svg.ts'

const top = 116
const side = 900
/** ISO/IEC 18004 asks for a quiet zone of four modules. */
const quietZone = 4
/** Longest link that fits a line. */
const lineLength = 56

/** A QR code of the link, black on white, with the link below it for those who type. */
export function linkCard(link: string, title: string): string {
  const modules = encodeQR(link, 'raw', { ecc: 'medium', border: quietZone })
  const size = side / modules.length
  const left = (look.width - side) / 2
  const dark = modules.flatMap((row, y) =>
    row.flatMap((isDark, x) => (isDark ? [`M${point(left + x * size)} ${point(top + y * size)}${square(size)}`] : [])),
  )
  const shown = link.replace(/^https:\/\//, '')
  const lines = shown.match(new RegExp(`.{1,${lineLength}}`, 'g')) ?? []
  return card(title, top + side + 60 + lines.length * 40, [
    rect(left, top, side, side, '#ffffff'),
    `<path d="${dark.join('')}" fill="#000000" shape-rendering="crispEdges"/>`,
    ...lines.map((line, i) => text(look.width / 2, top + side + 32 + i * 40, line, { size: 30, anchor: 'middle' })),
  ])
}

const point = (value: number): string => value.toFixed(2)
const square = (size: number): string => `h${point(size)}v${point(size)}h-${point(size)}z`
