import { decodeHTML } from 'entities'
import { isSignBorder, signBorder } from './cut-text.ts'
import type { Html } from './html.ts'

/** What Telegram takes in one message, counted after the markup is read. */
const messageLimit = 4096

type Token = { kind: 'open' | 'close'; source: string; name: string } | { kind: 'text'; source: string; text: string }

const tokenPattern = /<(\/?)([a-z-]{1,20})[^<>]*>|&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z\d]{2,8});|[\s\S]/giu

/**
 * Cuts HTML into messages of at most `limit` UTF-16 units of visible text, at a paragraph, line or word border where one
 * lies in the second half of the part, else between two signs as a reader sees them, never inside of an emoji. Tags open at a
 * cut are closed and opened again; no character is lost.
 */
export function splitHtml(html: Html, limit = messageLimit): Html[] {
  if (html.source.length <= limit) return [html] // what is seen of it is no longer
  const tokens = tokenize(html.source)
  const text = tokens.map(token => (token.kind === 'text' ? token.text : '')).join('')
  const cuts = cutPositions(text, limit)
  if (cuts.length === 0) return [html]
  return assemble(tokens, cuts)
}

function tokenize(source: string): Token[] {
  return [...source.matchAll(tokenPattern)].map(([found, slash, name]): Token => {
    if (name !== undefined) return { kind: slash === '/' ? 'close' : 'open', source: found, name }
    return { kind: 'text', source: found, text: found.length > 1 && found.startsWith('&') ? decodeHTML(found) : found }
  })
}

/** Offsets in the visible text where a new part begins. */
function cutPositions(text: string, limit: number): number[] {
  const cuts: number[] = []
  let start = 0
  while (text.length - start > limit) {
    start += bestCut(text.slice(start), limit)
    cuts.push(start)
  }
  return cuts
}

function bestCut(rest: string, limit: number): number {
  for (const border of ['\n\n', '\n', ' ']) {
    const cut = rest.lastIndexOf(border, limit - border.length) + border.length
    if (cut >= limit / 2 + border.length && isSignBorder(rest, cut)) return cut
  }
  return signBorder(rest, limit)
}

function assemble(tokens: readonly Token[], cuts: readonly number[]): Html[] {
  const parts: Html[] = []
  const open: { name: string; source: string }[] = []
  let part = ''
  let offset = 0
  let nextCut = 0
  for (const token of tokens) {
    if (token.kind === 'text' && offset === cuts[nextCut]) {
      parts.push({ source: part + closing(open) })
      part = open.map(tag => tag.source).join('')
      nextCut += 1
    }
    if (token.kind === 'text') offset += token.text.length
    if (token.kind === 'open') open.push(token)
    if (token.kind === 'close') open.pop()
    part += token.source
  }
  return [...parts, { source: part }]
}

const closing = (open: readonly { name: string }[]): string =>
  open
    .map(tag => `</${tag.name}>`)
    .reverse()
    .join('')
