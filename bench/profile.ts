import { z } from 'zod'
import { toSourcePositions } from '../src/telemetry/source-positions.ts'

const Profile = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({
        functionName: z.string(),
        url: z.string(),
        lineNumber: z.number(),
        columnNumber: z.number(),
      }),
      children: z.array(z.number()).optional(),
    }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
})

/** A function in its place in the stack, with the microseconds spent in it and below it. */
export interface Frame {
  name: string
  self: number
  total: number
  children: Frame[]
}

const waits = ['(idle)', '(program)']

/** Reads what `node --cpu-prof` or the inspector wrote; time in which nothing ran is left out. */
export function readProfile(json: string): Frame {
  const { nodes, samples, timeDeltas } = Profile.parse(JSON.parse(json))
  const selfOf = new Map<number, number>()
  samples.forEach((id, index) => void selfOf.set(id, (selfOf.get(id) ?? 0) + (timeDeltas[index] ?? 0)))
  const byId = new Map(nodes.map(node => [node.id, node]))
  const build = (id: number): Frame => {
    const node = byId.get(id)
    const children = (node?.children ?? []).map(build).filter(({ name, total }) => total > 0 && !waits.includes(name))
    const self = selfOf.get(id) ?? 0
    return {
      name: nameOf(node?.callFrame),
      self,
      total: self + children.reduce((sum, child) => sum + child.total, 0),
      children,
    }
  }
  return build(nodes[0]?.id ?? 0)
}

interface CallFrame {
  functionName: string
  url: string
  lineNumber: number
  columnNumber: number
}

/** The function and the source it stands in: the bot runs from a bundle. */
function nameOf(frame: CallFrame | undefined): string {
  if (frame === undefined) return '(unknown)'
  const { functionName, url, lineNumber, columnNumber } = frame
  const path = toSourcePositions(`${url}:${lineNumber + 1}:${columnNumber + 1}`)
    .replace(/(:-?\d+){2}$/, '')
    .replace(/^file:\/\//, '')
    .replace(/^.*\/node_modules\//, '')
    .replace(/^.*\/(dist(-bench)?|bundle)\//, '')
    .replace(/^\/.*\/(?=(src|bench)\/)/, '')
  return `${functionName || '(anonymous)'}${path === '' ? '' : ` ${path}`}`
}

/** Functions by their self time, costliest first. */
export function selfTimes(root: Frame): { name: string; ms: number; share: number }[] {
  const times = new Map<string, number>()
  const visit = (frame: Frame) => {
    times.set(frame.name, (times.get(frame.name) ?? 0) + frame.self)
    frame.children.forEach(visit)
  }
  visit(root)
  return [...times]
    .map(([name, self]) => ({ name, ms: self / 1000, share: self / root.total }))
    .sort((a, b) => b.ms - a.ms)
}

const width = 1200
const rowHeight = 16

/** A flame graph: width is time, what called stands below what it called. Frames under half a thousandth are left out. */
export function flameGraph(root: Frame, title: string): string {
  const boxes: string[] = []
  let deepest = 0
  const draw = (frames: readonly Frame[], left: number, depth: number) => {
    let x = left
    for (const frame of merge(frames)) {
      const w = (frame.total / root.total) * width
      if (w >= width / 2000) {
        deepest = Math.max(deepest, depth)
        const share = ((frame.total / root.total) * 100).toFixed(1)
        const label = escapeXml(frame.name)
        const shown =
          w > 40 ? `<text x="${(x + 2).toFixed(1)}" y="${depth * rowHeight + 12}">${cut(frame.name, w)}</text>` : ''
        boxes.push(
          `<g><title>${label}, ${share} %</title><rect x="${x.toFixed(1)}" y="${depth * rowHeight}" width="${w.toFixed(1)}" height="15" fill="${colour(frame.name)}"/>${shown}</g>`,
        )
        draw(frame.children, x, depth + 1)
      }
      x += w
    }
  }
  draw(root.children, 0, 0)
  const height = (deepest + 1) * rowHeight + 24
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="monospace" font-size="10">
<title>${escapeXml(title)}</title>
<rect width="100%" height="100%" fill="#fff"/><text x="4" y="15" font-size="12">${escapeXml(title)}</text><g transform="translate(0 24)">
${boxes.join('\n')}
</g></svg>
`
}

/** Calls of the same function from the same place are one box. */
function merge(frames: readonly Frame[]): Frame[] {
  const byName = new Map<string, Frame>()
  for (const { name, self, total, children } of frames) {
    const known = byName.get(name) ?? { name, self: 0, total: 0, children: [] }
    byName.set(name, {
      name,
      self: known.self + self,
      total: known.total + total,
      children: [...known.children, ...children],
    })
  }
  return [...byName.values()].sort((a, b) => b.total - a.total)
}

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
const cut = (name: string, w: number): string => escapeXml(name.slice(0, Math.floor(w / 6.1)))

/** Our own code warm, libraries grey, the engine blue. */
function colour(name: string): string {
  if (name.startsWith('(')) return name.includes(' ') && name.includes('src/') ? '#f4a582' : '#92c5de'
  if (/ (src|bench)\//.test(name)) return '#f4a582'
  return / node:/.test(name) || !name.includes(' ') ? '#92c5de' : '#d9d9d9'
}
