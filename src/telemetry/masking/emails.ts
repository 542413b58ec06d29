import { foldPattern } from './comparable-text.ts'
import type { Finder } from './span.ts'

const at = String.raw` ?(?:@|[([{<] ?(?:at|собака|собачка|эт) ?[)\]}>]|(?<= )(?:собака|собачка)(?= )) ?`
const dot = String.raw`(?: ?\. ?| ?[([{<] ?(?:dot|точка) ?[)\]}>] ?| точка )`
const label = String.raw`[\p{L}\p{N}][\p{L}\p{N}-]{0,62}`
const top = String.raw`\p{L}[\p{L}\p{N}-]{1,62}`
const domain = new RegExp(foldPattern(`${at}(?:(?:${label}\\.){1,8}${top}|${label}${dot}${top})`), 'giu')

const localSign = /[\p{L}\p{N}._%+'-]/u
const maxLocalLength = 64

/** Finds e-mail addresses, also with spaces around «@», or with a word instead of it. */
export const findEmails: Finder = text => {
  const found: ReturnType<Finder> = []
  for (const match of text.matchAll(domain)) {
    const after = found.at(-1)?.to ?? 0
    let from = match.index
    while (from > after && match.index - from < maxLocalLength && localSign.test(text.charAt(from - 1))) from -= 1
    if (from < match.index) found.push({ from, to: match.index + match[0].length, mark: 'email' })
  }
  return found
}
