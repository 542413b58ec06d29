import type { MessageEntity } from 'grammy/types'
import { badRequest } from './bot-api-refusal.ts'

/** Text as Telegram stores it: no markup, entities counted in UTF-16 units, which are JavaScript's own. */
export interface RichText {
  text: string
  entities: MessageEntity[]
}

type PlainStyle = 'bold' | 'italic' | 'underline' | 'strikethrough' | 'spoiler'
const plainStyles: Record<string, PlainStyle> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  'tg-spoiler': 'spoiler',
  span: 'spoiler',
}
const otherTags = ['a', 'code', 'pre', 'blockquote', 'tg-emoji']
const namedCharacters: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' }

interface OpenTag {
  name: string
  attributes: Map<string, string>
  offset: number
}

/** Reads `parse_mode: HTML`. Throws Telegram's «can't parse entities» with the offset in UTF-8 bytes. */
export function parseHtml(source: string): RichText {
  const open: OpenTag[] = []
  const entities: MessageEntity[] = []
  let lastCode: { entity: MessageEntity; language: string | undefined } | undefined
  let text = ''
  let at = 0
  while (at < source.length) {
    const next = source.slice(at).search(/[<&]/)
    if (next !== 0) {
      const end = next === -1 ? source.length : at + next
      text += source.slice(at, end)
      at = end
      continue
    }
    if (source[at] === '&') {
      const { character, length } = readCharacterReference(source, at)
      text += character
      at += length
      continue
    }
    if (source[at + 1] === '/') at = closeTag(at)
    else {
      const tag = readStartTag(source, at)
      open.push({ name: tag.name, attributes: tag.attributes, offset: text.length })
      at = tag.end
    }
  }
  const unclosed = open.at(-1)
  if (unclosed) throw cannotParse(`Can't find end tag corresponding to start tag "${unclosed.name}"`)
  return { text, entities: entities.sort((a, b) => a.offset - b.offset || b.length - a.length) }

  function closeTag(begin: number): number {
    const tag = open.pop()
    if (!tag) throw cannotParse(`Unexpected end tag at byte offset ${byteOffset(source, begin)}`)
    const match = /^<\/([^\s>]*)\s*>/.exec(source.slice(begin))
    if (!match) throw cannotParse(`Unclosed end tag at byte offset ${byteOffset(source, begin)}`)
    const found = (match[1] ?? '').toLowerCase()
    if (found !== '' && found !== tag.name) {
      const where = `at byte offset ${byteOffset(source, begin)}`
      throw cannotParse(`Unmatched end tag ${where}, expected "</${tag.name}>", found "</${found}>"`)
    }
    const entity = text.length > tag.offset ? entityOf(tag, text) : undefined
    if (entity?.type === 'pre') addCodeBlock(entity)
    else if (entity) entities.push(entity)
    if (entity?.type === 'code') lastCode = { entity, language: languageOf(tag) }
    return begin + match[0].length
  }

  /** `<pre><code class="language-x">` is one entity for Telegram, not two. */
  function addCodeBlock(block: MessageEntity.PreMessageEntity): void {
    const { entity: code, language } = lastCode ?? {}
    if (language === undefined || code?.offset !== block.offset || code.length !== block.length) entities.push(block)
    else entities.splice(entities.indexOf(code), 1, { ...block, language })
  }
}

function entityOf(tag: OpenTag, text: string): MessageEntity | undefined {
  const place = { offset: tag.offset, length: text.length - tag.offset }
  const style = plainStyles[tag.name]
  if (style) return { type: style, ...place }
  switch (tag.name) {
    case 'code':
      return { type: 'code', ...place }
    case 'pre':
      return { type: 'pre', ...place }
    case 'blockquote':
      return { type: tag.attributes.has('expandable') ? 'expandable_blockquote' : 'blockquote', ...place }
    case 'tg-emoji': {
      const id = tag.attributes.get('emoji-id') ?? ''
      if (!/^[1-9]\d*$/.test(id)) throw cannotParse('Invalid custom emoji identifier specified')
      return { type: 'custom_emoji', ...place, custom_emoji_id: id }
    }
    default: {
      const url = checkedLink(tag.attributes.get('href') || text.slice(tag.offset))
      return url === undefined ? undefined : { type: 'text_link', ...place, url }
    }
  }
}

const languageOf = (tag: OpenTag) => /^language-(.+)$/.exec(tag.attributes.get('class') ?? '')?.[1]

/** The address as Telegram keeps it, or undefined when it is none: then the words stay and the link is dropped. */
export function checkedLink(link: string): string | undefined {
  const full = /^[a-z][a-z\d+.-]*:/i.test(link) && !/^[\w.-]+:\d/.test(link) ? link : `http://${link}`
  if (!URL.canParse(full)) return undefined
  const url = new URL(full)
  if (url.protocol === 'tg:' || url.protocol === 'ton:') return url.href
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined
  return url.hostname.includes('.') || url.hostname.startsWith('[') ? url.href : undefined
}

function readStartTag(source: string, begin: number): { name: string; attributes: Map<string, string>; end: number } {
  const where = () => `at byte offset ${byteOffset(source, begin)}`
  const name = (/^[^\s>]*/.exec(source.slice(begin + 1))?.[0] ?? '').toLowerCase()
  let at = begin + 1 + name.length
  if (at >= source.length) throw cannotParse(`Unclosed start tag ${where()}`)
  if (!Object.hasOwn(plainStyles, name) && !otherTags.includes(name)) {
    throw cannotParse(`Unsupported start tag "${name}" ${where()}`)
  }
  const attributes = new Map<string, string>()
  for (;;) {
    at += /^\s*/.exec(source.slice(at))?.[0].length ?? 0
    if (source[at] === '>') break
    if (at >= source.length) throw cannotParse(`Unclosed start tag ${where()}`)
    const key = /^[^\s=>/"']*/.exec(source.slice(at))?.[0] ?? ''
    if (key === '') throw cannotParse(`Empty attribute name in the tag "${name}" ${where()}`)
    const equals = /^\s*=\s*/.exec(source.slice(at + key.length))
    if (!equals) {
      attributes.set(key, '')
      at += key.length
      continue
    }
    const value = readAttributeValue(source, at + key.length + equals[0].length)
    if (value.end >= source.length) throw cannotParse(`Unclosed start tag ${where()}`)
    attributes.set(key, value.value)
    at = value.end
  }
  if (name === 'span' && attributes.get('class') !== 'tg-spoiler') {
    throw cannotParse(`Tag "span" must have class "tg-spoiler" ${where()}`)
  }
  return { name, attributes, end: at + 1 }
}

function readAttributeValue(source: string, begin: number): { value: string; end: number } {
  const quote = source[begin]
  if (quote !== '"' && quote !== "'") {
    const value = /^[a-z\d.-]*/i.exec(source.slice(begin))?.[0] ?? ''
    const end = begin + value.length
    if (end < source.length && !/[\s>]/.test(source.charAt(end))) {
      throw cannotParse(`Unexpected end of name token at byte offset ${byteOffset(source, begin)}`)
    }
    return { value: value.toLowerCase(), end }
  }
  let value = ''
  let at = begin + 1
  while (at < source.length && source[at] !== quote) {
    const { character, length } = readCharacterReference(source, at)
    value += character
    at += length
  }
  return { value, end: at + 1 }
}

/** One character of the source; anything that is not a reference Telegram knows stays as written. */
function readCharacterReference(source: string, at: number): { character: string; length: number } {
  const asWritten = { character: source.charAt(at), length: 1 }
  if (source[at] !== '&') return asWritten
  const match = /^&(?:#x([\da-f]+)|#(\d+)|([a-z]+));?/i.exec(source.slice(at, at + 12))
  if (!match) return asWritten
  const [whole, hex, decimal, name] = match
  if (name !== undefined) {
    const character = namedCharacters[name]
    return character === undefined ? asWritten : { character, length: whole.length }
  }
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
  const impossible = code === 0 || code >= 0x10ffff || (code >= 0xd800 && code <= 0xdfff)
  return impossible ? asWritten : { character: String.fromCodePoint(code), length: whole.length }
}

const byteOffset = (source: string, at: number): number => Buffer.byteLength(source.slice(0, at))
const cannotParse = (what: string) => badRequest(`can't parse entities: ${what}`)
