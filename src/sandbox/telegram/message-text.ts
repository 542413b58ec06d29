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

const patterns: { type: 'bot_command' | 'url'; pattern: RegExp }[] = [
  { type: 'bot_command', pattern: /(?<![\w/])\/\w{1,64}(?:@\w{3,32})?(?!\w)/g },
  { type: 'url', pattern: /\bhttps?:\/\/[^\s<>"«»]+[^\s<>"«».,!?;:)]/g },
]

/** Adds the commands and links that stand in the text outside links and code. */
function withFound({ text, entities }: RichText): MessageEntity[] {
  const found = findEntities(text).filter(
    one => !entities.some(e => ['text_link', 'code', 'pre'].includes(e.type) && overlap(e, one)),
  )
  return [...entities, ...found].sort((a, b) => a.offset - b.offset || b.length - a.length)
}

/** What Telegram marks by itself in plain text: bot commands and links. */
export const findEntities = (text: string): MessageEntity[] =>
  patterns
    .flatMap(({ type, pattern }) =>
      [...text.matchAll(pattern)].map(match => ({ type, offset: match.index, length: match[0].length })),
    )
    .filter((one, _index, all) => one.type === 'url' || !all.some(other => other.type === 'url' && overlap(one, other)))
    .sort((a, b) => a.offset - b.offset)

const overlap = (a: { offset: number; length: number }, b: { offset: number; length: number }): boolean =>
  a.offset < b.offset + b.length && b.offset < a.offset + a.length

/** Length as Telegram's limits count it. */
export const characters = (text: string): number => [...text].length
