import { z } from 'zod'

/** The model writes numbers as text now and then: «2», «0,5». */
const fromText = (value: unknown) =>
  typeof value === 'string' && /^\s*-?\d+([.,]\d+)?\s*$/.test(value) ? Number(value.trim().replace(',', '.')) : value

/** A number within limits, also when written as text. */
export const numberWithin = (min: number, max: number) =>
  z.preprocess(
    fromText,
    z.number(`нужно число от ${min} до ${max}`).min(min, `не меньше ${min}`).max(max, `не больше ${max}`),
  )

const yes = new Set(['true', 'yes', 'да', '1'])
const no = new Set(['false', 'no', 'нет', '0', ''])

/** Yes or no, also when written as text or as a number; anything else counts as not given. */
export const lenientBoolean = () =>
  z.preprocess(value => {
    const text = String(value ?? '')
      .trim()
      .toLowerCase()
    return yes.has(text) ? true : no.has(text) && value !== undefined && value !== null ? false : undefined
  }, z.boolean().optional())

/** A positive id of a product. */
export const productId = () => z.preprocess(fromText, z.int('нужно целое число').positive('нужно число больше нуля'))

/** Text that is not empty once trimmed. */
export const text = (max: number) =>
  z.string('нужна строка').trim().min(1, 'не должно быть пусто').max(max, `не длиннее ${max} символов`)

/** Words for the user; anything but text is none. */
export const words = () => z.preprocess(value => (typeof value === 'string' ? value : ''), z.string())
