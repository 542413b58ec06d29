import { isBankCard, isInn, isSnils, isTradeUnitNumber } from '../checksums.ts'
import type { Candidate } from './candidate.ts'
import { isPhone, phoneWords } from './phone.ts'
import { blank, type Finder, type Mark } from './span.ts'

interface Group {
  from: number
  to: number
  /** True if another group precedes it closely. */
  follows: boolean
}

const maxDigits = 19
const passportWords = /(?:паспорт[а-я]{0,3}|сери[яи])(?:[^а-я\d]{1,3}(?:рф|сери[яи]|номер)){0,2}[^а-я\d]{0,3}$/i

const kinds: readonly { mark: Mark; holds(candidate: Candidate): boolean }[] = [
  { mark: 'card', holds: isCard },
  { mark: 'passport', holds: ({ digits, labelledAs }) => digits.length === 10 && labelledAs === 'passport' },
  { mark: 'phone', holds: isPhone },
  { mark: 'snils', holds: ({ digits, sizes }) => /^(?:11|3 3 3 2|3 3 5)$/.test(sizes.join(' ')) && isSnils(digits) },
  { mark: 'inn', holds: ({ digits, sizes }) => sizes.length === 1 && isInn(digits) },
]

/** Finds phones, bank cards, СНИЛС, ИНН and passports, in any grouping of their digits. */
export const findNumbers: Finder = text => {
  const found: ReturnType<Finder> = []
  const groups = groupsOf(text)
  for (let i = 0; i < groups.length; i++) {
    const hit = longestNumber(text, groups, i)
    if (hit === null) continue
    found.push({ from: hit.from, to: hit.to, mark: hit.mark })
    i = hit.last
  }
  return found
}

function groupsOf(text: string): Group[] {
  const groups: Group[] = []
  for (const match of text.matchAll(/\d+/g)) {
    const before = groups.at(-1)?.to ?? -1
    const isNear = before >= 0 && match.index - before <= 4
    const follows = isNear && /^[ \n()./_-]{0,4}(?:No)?[ \n()./_-]{0,4}$/.test(text.slice(before, match.index))
    groups.push({ from: match.index, to: match.index + match[0].length, follows })
  }
  return groups
}

/** The longest number that begins with group `first`, of the first kind that matches. Not next to a mark, which counts as a digit. */
function longestNumber(text: string, groups: readonly Group[], first: number) {
  const start = groups[first]
  if (start === undefined || text[start.from - 1] === blank) return null
  const lead = /(?:\+[ (]{0,2}|\()$/.exec(text.slice(Math.max(0, start.from - 3), start.from))?.[0] ?? ''
  const labelledAs = start.follows ? null : labelBefore(text.slice(Math.max(0, start.from - 44), start.from))
  const candidates: (Candidate & { to: number; last: number })[] = []
  let digits = ''
  for (let last = first; last < groups.length; last++) {
    const group = groups[last]
    if (group === undefined || (last > first && !group.follows)) break
    if (digits.length + group.to - group.from > maxDigits) break
    digits += text.slice(group.from, group.to)
    const isInternational = lead.startsWith('+') || digits.startsWith('00')
    if (text[group.to] === blank) continue
    if (!isInternational && labelledAs === null && !mayBeNumber(digits, start, last === first)) continue
    candidates.unshift({
      digits: digits.replace(/^00/, ''),
      sizes: groups.slice(first, last + 1).map(({ from, to }) => to - from),
      written: lead + text.slice(start.from, group.to),
      beside: text.slice(start.from - 1, start.from) + text.slice(group.to, group.to + 1),
      isInternational,
      labelledAs,
      to: group.to,
      last,
    })
  }
  for (const { mark, holds } of kinds) {
    const hit = candidates.find(holds)
    if (hit === undefined) continue
    const keepsBracket = lead === '(' && !hit.written.includes(')')
    return { from: start.from - (keepsBracket ? 0 : lead.length), to: hit.to, last: hit.last, mark }
  }
  return null
}

function labelBefore(before: string): Mark | null {
  const words = before.replace(/[+(]{1,5} ?$/, '')
  return phoneWords.test(words) ? 'phone' : passportWords.test(words) ? 'passport' : null
}

/** Cheap precondition of the kinds, so that a text of digits only is read in linear time. */
function mayBeNumber(digits: string, { from, to }: Group, isOneGroup: boolean): boolean {
  const firstSize = to - from
  switch (digits.length) {
    case 7:
      return firstSize === 3
    case 10:
      return isOneGroup || /^[03-9]/.test(digits)
    case 11:
      return firstSize === 3 || isOneGroup || /^[78]/.test(digits)
    case 12:
      return isOneGroup || /^[39]/.test(digits)
    default:
      return digits.length >= 14 && isBankCard(digits)
  }
}

/** True for a card number grouped by four or more digits, or evenly; a single group may be a trade unit instead. */
function isCard({ digits, sizes, isInternational }: Candidate): boolean {
  if (isInternational || !isBankCard(digits)) return false
  if (sizes.length === 1) return !isTradeUnitNumber(digits)
  const [first = 0, ...others] = sizes
  const inner = sizes.slice(0, -1)
  const isEven = first !== 3 && others.every((size, i) => size === first || (i === others.length - 1 && size < first))
  return isEven || inner.every(size => size >= 4)
}
