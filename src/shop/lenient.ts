import { z } from 'zod'

/** A number or a numeral in a string, with a decimal point or comma, also padded with zeros. */
export const LenientNumber = z
  .union([
    z.number(),
    z
      .string()
      .trim()
      .regex(/^-?\d+(?:[.,]\d+)?$/)
      .transform(text => Number(text.replace(',', '.'))),
  ])
  .pipe(z.number())

/** null instead of anything that does not fit. */
export const orNull = <S extends z.ZodType>(schema: S) => schema.nullish().catch(null)
