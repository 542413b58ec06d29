import { z } from 'zod'
import { readNumber } from './numbers.ts'

/** A number or a numeral in a string in any Russian or English spelling that leaves no doubt, also padded with zeros. */
export const LenientNumber = z
  .union([z.number(), z.string().transform(text => readNumber(text) ?? Number.NaN)])
  .pipe(z.number())

/** null instead of anything that does not fit. */
export const orNull = <S extends z.ZodType>(schema: S) => schema.nullish().catch(null)
