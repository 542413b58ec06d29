import type { Mark } from './span.ts'

/** Digits that may be one number: groups with at most four separators between them. */
export interface Candidate {
  digits: string
  /** How many digits each group has. */
  sizes: readonly number[]
  /** As it stands in the text, with a bracket or a plus sign before it. */
  written: string
  /** «+» or «00» stands before the country code. */
  isInternational: boolean
  /** What the words before it say that it is. */
  announcedAs: Mark | null
  /** The signs right before and after it. */
  beside: string
}
