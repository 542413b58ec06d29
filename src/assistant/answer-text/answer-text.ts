import { decodeHTML } from 'entities'
import { dropLinks } from '../links.ts'
import { withoutCitations } from './citations.ts'
import { readEscapes } from './escapes.ts'
import { withoutReasoning } from './reasoning.ts'
import { tablesToLines } from './tables.ts'
import { readWrittenCalls } from './written-call.ts'

const longest = 3_500

/** More of an answer is not even read: it could not be shown. */
const longestRead = 20_000

/**
 * What the model wrote as plain text a bot may send: no reasoning, calls, markup or links, at most 3500 characters; null when
 * nothing is left.
 */
export function answerText(raw: string, { hasCart, isCut }: { hasCart: boolean; isCut: boolean }): string | null {
  // What was hidden in escapes and entities shows only once these are read, so it is looked for again.
  const words = forUser(readEscapes(forUser(raw.slice(0, longestRead))))
  const plain = withoutLinks(withoutCitations(tablesToLines(forUser(withoutMarkup(words)))))
  const lines = plain.split('\n').map(line => line.replace(/[ \t]+/g, ' ').trim())
  const text = (hasCart ? withoutPriceList(lines) : lines)
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
  const whole = isCut ? upToLastSentence(text) : text
  return whole === '' ? null : shorten(whole)
}

/** Without what the model wrote for itself or for a function. */
const forUser = (text: string): string => readWrittenCalls(withoutReasoning(text)).rest

function withoutMarkup(raw: string): string {
  const withoutTags = raw
    .replace(/<br\s*\/?>|<\/(?:p|div|li|h\d)>/gi, '\n')
    .replace(/<!--.{0,500}?-->/gs, '')
    .replace(/<\/?[a-z][^<>]{0,500}>/gi, '')
  return decodeHTML(withoutTags)
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(/[\u00a0\u2000-\u200a\u202f\u205f\u3000]/g, ' ')
    .replace(/[\u3002\uff0e\uff61]/g, '.')
    .replace(/(?![\n\t\u200d])[\p{Cc}\p{Cf}]/gu, '') // joined emoji keep their joiner
    .replace(/^[ \t]*```[^\n]*$/gm, '')
    .replace(/!?\[([^\]\n]{0,500})\]\([^)\n]{0,500}\)/g, '$1')
    .replace(/^[ \t]{0,3}#{1,6}[ \t]+/gm, '')
    .replace(/^[ \t]{0,3}>[ \t]?/gm, '')
    .replace(/^[ \t]*(?:[-*_][ \t]*){3,}$/gm, '')
    .replace(/^([ \t]*)[*+][ \t]+/gm, '$1- ')
    .replace(/(\*\*|__|~~)(?=\S)([^\n]{0,500}?\S)\1/g, '$2')
    .replace(/(?<![\p{L}\d*_])([*_])(?=\S)([^\n*_]{0,500}?\S)\1(?![\p{L}\d*_])/gu, '$2')
    .replace(/`([^`\n]{0,1000})`/g, '$1')
}

/** Links come from the bot alone; a line that only introduced one goes with it. */
function withoutLinks(text: string): string {
  return text
    .split('\n')
    .flatMap(line => {
      const left = bare(line)
      if (left === line) return [line]
      const isLabel =
        !/\p{L}/u.test(left) || /^(?:ссылк\p{L}*|корзин\p{L}*|вот она|сюда|здесь)?[\s:–—-]*$/iu.test(left.trim())
      return isLabel || /[:–—-]\s*$/.test(left) ? [] : [left.replace(/[^\S\n]{1,20}([.,!?])/g, '$1')]
    })
    .join('\n')
}

/** Without links and the brackets they leave; what is taken out may join the ends of another one. */
function bare(line: string, passesLeft = 5): string {
  const left = dropLinks(line).replace(/\([^\S\n]*\)|\[[^\S\n]*\]|<[^\S\n]*>/g, '')
  if (left === line) return line
  return passesLeft === 0 ? '' : bare(left, passesLeft - 1)
}

const money = /\d[\d\s.,]{0,20}\s?(?:₽|руб(?:\.|л[а-я]*)?|р\.)(?![\p{L}])/iu
const item = /^\s*(?:[-–—•·]|\d{1,2}[.)])\s*/u
const sum = /^\s*(?:итого|всего|общая (?:сумма|стоимость)|сумма|стоимость|цена|к оплате)(?![\p{L}])/iu
const arithmetic = /\d\s*[×x*х]\s*\d[\d.,\s]*(?:=|₽)/iu

/** The bot itself lists what is in a cart and what it costs; the model's version may be wrong. */
function withoutPriceList(lines: string[]): string[] {
  const isPriced = (line: string) =>
    ((item.test(line) || sum.test(line)) && money.test(line)) ||
    arithmetic.test(line) ||
    (sum.test(line) && /\d/.test(line))
  const kept = lines.filter(line => !isPriced(line))
  if (kept.length === lines.length) return lines
  // The line that introduced the list introduces nothing now.
  return kept.filter((line, i) => !(line.endsWith(':') && !item.test(kept[i + 1] ?? '')))
}

/** An answer broken off in mid-sentence ends where the last whole one did. */
function upToLastSentence(text: string): string {
  const end = Math.max(...['. ', '.\n', '! ', '!\n', '? ', '?\n', '\n'].map(mark => text.lastIndexOf(mark)))
  return end > 0 ? text.slice(0, end + 1).trim() : `${text}…`
}

function shorten(text: string): string {
  if (text.length <= longest) return text
  const cut = text.slice(0, longest - 1)
  const end = Math.max(cut.lastIndexOf('\n'), cut.lastIndexOf(' '))
  const kept = (end > longest / 2 ? cut.slice(0, end) : cut).replace(/[\uD800-\uDBFF]$/, '')
  return `${kept.trimEnd()}…`
}
