import { readFact } from './fact-codec.ts'
import type { Fact } from './facts.ts'

export const deadLetterFile = 'dead-letter.ndjson'

/** True for a file of quarantined facts: dead letters, those a replay has claimed, and spool files that could not be used. */
export const isQuarantined = (name: string): boolean =>
  /^dead-letter.*\.ndjson$/.test(name) || name.endsWith('.quarantined')

/**
 * A quarantined text without a user: lines and elements that are this user's facts go, an inviter's number is taken from
 * the starts of others, and in what cannot be read as facts the number becomes 0.
 */
export function withoutUser(text: string, userId: number): string {
  const mention = new RegExp(`(?<="userId"\\s*:\\s*)${userId}(?!\\d)`, 'g')
  if (text.search(mention) < 0) return text
  return text
    .split('\n')
    .filter(line => factOf(line)?.userId !== userId)
    .map(line => withoutFacts(line, userId).replaceAll(mention, '0'))
    .join('\n')
}

/** The fact on a line of dead letters, or null. */
function factOf(line: string): Fact | null {
  const letter = parseJson(line)
  return letter !== null && typeof letter === 'object' && 'fact' in letter ? readFact(letter.fact) : null
}

/** A line that is an array of facts, as spool files are, without those of the user. */
function withoutFacts(line: string, userId: number): string {
  const value = parseJson(line)
  if (!Array.isArray(value)) return line
  return JSON.stringify(value.filter(given => readFact(given)?.userId !== userId))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
