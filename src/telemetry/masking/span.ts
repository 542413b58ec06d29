export type Mark = 'email' | 'phone' | 'card' | 'inn' | 'snils' | 'passport' | 'token' | 'secret' | 'name' | 'address'

/** A part of a comparable text; `mark` null: looks personal and is not, other rules leave it alone. */
export interface Span {
  from: number
  to: number
  mark: Mark | null
}

/** Finds what one rule hides: spans in ascending order that do not overlap. Linear in the length of the text. */
export type Finder = (text: string) => Span[]

/** Stands in for what was found already. A private-use sign: comparable texts hold none. */
export const blank = '\ue000'

/** The spans replaced by as many blanks: the offsets of everything else stay. */
function blankOut(text: string, spans: readonly Span[]): string {
  let rest = ''
  let copiedTo = 0
  for (const { from, to } of spans) {
    rest += text.slice(copiedTo, from) + blank.repeat(to - from)
    copiedTo = to
  }
  return rest + text.slice(copiedTo)
}

/** A finder that hides every match; with a group `hidden` only what that group holds, with `holds` only some. */
export const byPattern =
  (mark: Mark | null, pattern: RegExp, holds: (hidden: string) => boolean = () => true): Finder =>
  text =>
    Array.from(text.matchAll(pattern)).flatMap(match => {
      const hidden = match.groups?.hidden ?? match[0]
      const to = match.index + match[0].length
      return holds(hidden) ? [{ from: to - hidden.length, to, mark }] : []
    })

/** One finder after another, each blind to what those before it have found. */
export const inOrder =
  (finders: readonly Finder[]): Finder =>
  text => {
    const found: Span[] = []
    let rest = text
    for (const find of finders) {
      const spans = find(rest)
      if (spans.length === 0) continue
      found.push(...spans)
      rest = blankOut(rest, spans)
    }
    return found.sort((a, b) => a.from - b.from)
  }
