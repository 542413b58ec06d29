import { z } from 'zod'
import { readNumber } from './numbers.ts'

/** A number, or a numeral in a string in any unambiguous Russian or English spelling, also zero-padded. */
export const LenientNumber = z
  .union([z.number(), z.string().transform(text => readNumber(text) ?? Number.NaN)])
  .pipe(z.number())

/** Makes a schema return null for anything that does not match. */
export const orNull = <S extends z.ZodType>(schema: S) => schema.nullish().catch(null)
