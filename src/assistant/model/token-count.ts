import { z } from 'zod'

/** A count of tokens, also as digits in a string; null for anything else: a good answer is not lost for its bill. */
export const TokenCount = z
  .union([
    z.int().nonnegative(),
    z
      .string()
      .regex(/^\s*\d{1,12}\s*$/)
      .transform(Number),
  ])
  .nullable()
  .catch(null)
