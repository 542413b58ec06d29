import { z } from 'zod'

export const url = (...protocols: string[]) =>
  z
    .string()
    .refine(
      v => URL.canParse(v) && protocols.includes(new URL(v).protocol),
      `must be a URL (${protocols.join(' or ')}//…)`,
    )
export const http = url('http:', 'https:')
/** Tools take `host:port` for a proxy that speaks plain HTTP. */
export const proxy = z
  .string()
  .transform(v => (v.includes('://') ? v : `http://${v}`))
  .pipe(http)
export const port = z.coerce
  .number('must be a port number')
  .int('must be a port number')
  .min(0, 'must be a port, 0 to 65535')
  .max(65_535, 'must be a port, 0 to 65535')
export const wholeNumber = (min: number, max: number) => {
  const message = `must be a whole number from ${min} to ${max}`
  return z.coerce.number(message).int(message).min(min, message).max(max, message)
}
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)
const priceMessage = 'must be whole roubles per million tokens, from 0 to 1000000 (0.8 per thousand are 800)'
export const roublesPerMillion = z.coerce
  .number(priceMessage)
  .int(priceMessage)
  .min(0, priceMessage)
  .max(1_000_000, priceMessage)
const percentMessage = 'must be a percentage from 0 to 100 such as 7.5'
/** A fraction with a point or a comma. */
export const percentOfOrder = z
  .string()
  .regex(/^\d{1,3}([.,]\d{1,2})?$/, percentMessage)
  .transform(v => Number(v.replace(',', '.')))
  .refine(v => v <= 100, percentMessage)
export const gigaChatModel = z.string().regex(/^[\w.-]+$/, 'must be a model name such as GigaChat-2-Max')
export const readerPassword = z.string().min(16, 'must be at least 16 characters')
export const timeZone = z.string().refine(isTimeZone, 'must be an IANA time zone such as Europe/Moscow')
export const userIds = z
  .string()
  .regex(/^\s*\d+(\s*,\s*\d+)*\s*$/, 'must be Telegram user ids separated by commas')
  .transform(v => v.split(',').map(Number))
  .refine(ids => ids.every(Number.isSafeInteger), 'must be Telegram user ids separated by commas')

/** `name@host` or `Name <name@host>`. */
const mailbox = /^(?:[^<>@,]*<[^\s<>@,]+@[^\s<>@,]+>|[^\s<>@,]+@[^\s<>@,]+)$/
export const mailAddress = z.string().trim().regex(mailbox, 'must be an e-mail address')
export const mailAddresses = z
  .string()
  .transform(v => v.split(',').map(address => address.trim()))
  .refine(v => v.every(address => mailbox.test(address)), 'must be e-mail addresses separated by commas')

export const promptShares = z
  .string()
  .regex(
    /^\s*[a-z0-9-]{1,20}\s*:\s*\d{1,3}(\s*,\s*[a-z0-9-]{1,20}\s*:\s*\d{1,3})*\s*$/,
    'must be variants with their share of the users in percent, such as b:20,c:10',
  )
  .transform(v =>
    v.split(',').map(part => {
      const [name = '', share = ''] = part.split(':').map(word => word.trim())
      return { name, share: Number(share) }
    }),
  )
  .refine(variants => variants.every(({ share }) => share > 0), 'must give each variant 1 percent or more')
  .refine(variants => sum(variants.map(({ share }) => share)) <= 100, 'must not sum up to more than 100 percent')
  .refine(variants => new Set(variants.map(({ name }) => name)).size === variants.length, 'must name each variant once')

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}
