import type { MessageEntity } from 'grammy/types'
import { z } from 'zod'
import { badRequest } from './bot-api-refusal.ts'
import { parseHtml, type RichText } from './html-text.ts'
import type { RequestParams } from './request-params.ts'

/** Characters (code points) Telegram takes, counted after the markup is read. */
export const textLimit = 4096
export const captionLimit = 1024

const place = { offset: z.int().nonnegative(), length: z.int().positive() }
const plainTypes = ['bold', 'italic', 'underline', 'strikethrough', 'spoiler', 'blockquote', 'code', 'pre'] as const
const GivenEntities = z.array(
  z.discriminatedUnion('type', [
    z.object({ type: z.enum(plainTypes), ...place }),
    z.object({ type: z.literal('text_link'), url: z.url(), ...place }),
  ]),
)

/** Text of a method call: markup read, blank ends trimmed, commands and links found as Telegram finds them. */
export function readRichText(params: RequestParams, field: 'text' | 'caption'): RichText {
  const source = params.string(field) ?? ''
  const rich = withMarkup(source, params, field === 'text' ? 'entities' : 'caption_entities')
  const trimmed = trim(rich)
  return { text: trimmed.text, entities: withFound(trimmed) }
}

function withMarkup(source: string, params: RequestParams, entitiesField: string): RichText {
  const mode = params.string('parse_mode')?.toLowerCase() ?? ''
  if (mode === 'html') return parseHtml(source)
  if (mode !== '' && mode !== 'none') throw badRequest('unsupported parse_mode')
  return { text: source, entities: params.json(entitiesField, GivenEntities) ?? [] }
}

function trim({ text, entities }: RichText): RichText {
  const end = text.trimEnd().length
  const leading = /^[ \n]*/.exec(text)?.[0].length ?? 0
  const start = Math.min(leading, entities[0]?.offset ?? leading)
  const kept = entities
    .filter(entity => entity.offset < end)
    .map(entity => ({
      ...entity,
      offset: entity.offset - start,
      length: Math.min(entity.length, end - entity.offset),
    }))
  return { text: text.slice(start, end), entities: kept }
}

type FoundType = 'mention' | 'bot_command' | 'hashtag' | 'cashtag' | 'email' | 'url' | 'phone_number'
/** Endings without which a name with a dot is no link: common ones, and those of other scripts. */
const endings =
  'com|org|net|info|biz|app|shop|store|online|site|xyz|example|museum|io|me|su|ru|ws|de|uk|cn|kz|by|xn--[a-z\\d-]{2,40}' +
  '|рф|рус|москва|онлайн|сайт|дети|орг|ком|бел|укр|бг|срб|мкд|мон|қаз|ею|католик|中国|中國|公司|网络|한국|닷컴|みんな|コム|بازار|شبكة|موقع|भारत|संगठन|ελ|ευ|հայ|გე'
const host = String.raw`(?:[\p{L}\p{M}\p{N}\p{So}_-]{1,63}\.){1,8}(?:${endings})`
const inWord = String.raw`\p{L}\p{M}\p{N}_`

/** What Telegram's parser makes pressable in plain text (TDLib, `MessageEntity.cpp`), in our own simpler words. */
const patterns: { type: FoundType; pattern: RegExp }[] = [
  { type: 'url', pattern: /\b(?:https?|ftp|tg|ton|tonsite):\/\/[^\s<>"«»\u2060]+[^\s<>"«».,!?;:)\u2060]/giu },
  { type: 'email', pattern: new RegExp(String.raw`[a-z\d._+-]{1,64}@${host}(?![${inWord}])`, 'giu') },
  {
    type: 'url',
    pattern: new RegExp(String.raw`(?<![${inWord}@/#.-])${host}(?![${inWord}])(?:[/?#][^\s<>"«»]*)?`, 'giu'),
  },
  { type: 'url', pattern: /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/g },
  { type: 'bot_command', pattern: /(?<![\p{L}\p{N}_/<>])\/\w{1,64}(?:@\w{3,32})?(?![\p{L}\p{N}_/<>])/gu },
  { type: 'mention', pattern: /(?<![\p{L}\p{N}_])@\w{2,32}(?![\p{L}\p{N}_])/gu },
  { type: 'hashtag', pattern: /(?<![\p{L}\p{N}_])#[\p{N}_]{0,255}\p{L}[\p{L}\p{N}_]{0,255}(?!#)/gu },
  { type: 'cashtag', pattern: /(?<![\p{L}\p{N}_$])\$(?:1INCH|[A-Z]{1,8})(?![\p{L}\p{N}_$])/gu },
  { type: 'phone_number', pattern: /(?<![\p{L}\p{N}_.,+])\+?\d(?:[ ()-]{0,2}\d){9,14}(?![\p{L}\p{N}])/gu },
]

/** Adds what is found in the text outside links and code. */
function withFound({ text, entities }: RichText): MessageEntity[] {
  const found = findEntities(text).filter(
    one => !entities.some(e => ['text_link', 'code', 'pre'].includes(e.type) && overlap(e, one)),
  )
  return [...entities, ...found].sort((a, b) => a.offset - b.offset || b.length - a.length)
}

/** What Telegram marks automatically in plain text; where two overlap, the kind named first stays. */
export function findEntities(text: string): MessageEntity[] {
  const found: { type: FoundType; offset: number; length: number }[] = []
  for (const { type, pattern } of patterns) {
    for (const match of text.matchAll(pattern)) {
      const one = { type, offset: match.index, length: match[0].length }
      if (!found.some(other => overlap(other, one))) found.push(one)
    }
  }
  return found.sort((a, b) => a.offset - b.offset)
}

const overlap = (a: { offset: number; length: number }, b: { offset: number; length: number }): boolean =>
  a.offset < b.offset + b.length && b.offset < a.offset + a.length

/** Length as Telegram's limits count it. */
export const characters = (text: string): number => [...text].length
