import type { Mark } from './span.ts'

/** Groups of digits that may form one number: with at most four separators between them. */
export interface Candidate {
  digits: string
  /** Number of digits in each group. */
  sizes: readonly number[]
  /** The text of the number, with a bracket or a plus sign before it. */
  written: string
  /** True if «+» or «00» precedes the country code. */
  isInternational: boolean
  /** Kind of number that the words before it name, if any. */
  labelledAs: Mark | null
  /** The characters right before and after it. */
  beside: string
}
