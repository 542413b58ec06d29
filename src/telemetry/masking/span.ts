export type Mark = 'email' | 'phone' | 'card' | 'inn' | 'snils' | 'passport' | 'token' | 'secret' | 'name' | 'address'

/** A part of a comparable text; with `mark` null it is not personal and is excluded from later rules. */
export interface Span {
  from: number
  to: number
  mark: Mark | null
}

/** Returns the matches of a rule in ascending order, without overlaps. Linear in the length of the text. */
export type Finder = (text: string) => Span[]

/** Replaces the characters of earlier matches. A private-use character, which comparable texts do not contain. */
export const blank = '\ue000'

/** Replaces spans by blanks of the same length, so that offsets stay valid. */
function blankOut(text: string, spans: readonly Span[]): string {
  let rest = ''
  let copiedTo = 0
  for (const { from, to } of spans) {
    rest += text.slice(copiedTo, from) + blank.repeat(to - from)
    copiedTo = to
  }
  return rest + text.slice(copiedTo)
}

/** A finder of all matches for which `holds`; of a pattern with a group `hidden` only that group is marked. */
export const byPattern =
  (mark: Mark | null, pattern: RegExp, holds: (hidden: string) => boolean = () => true): Finder =>
  text =>
    Array.from(text.matchAll(pattern)).flatMap(match => {
      const hidden = match.groups?.hidden ?? match[0]
      const to = match.index + match[0].length
      return holds(hidden) ? [{ from: to - hidden.length, to, mark }] : []
    })

/** Combines finders; each one is blind to the matches of those before it. */
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
