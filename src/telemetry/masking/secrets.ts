import { byPattern, type Finder, inOrder } from './span.ts'

const uuid = `(?<![0-9a-f-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f-])`

/** Matches the marks that masking inserts. */
export const markPattern = String.raw`\[(?:email|phone|card|inn|snils|passport|token|secret|name|address)\]`

/** Excludes marks of an earlier pass and UUIDs from all rules. */
export const findExisting: Finder = byPattern(null, new RegExp(`${markPattern}|${uuid}`, 'gi'))

/** Finds bot tokens, Authorization values, and credentials in URLs. */
export const findSecrets: Finder = inOrder([
  byPattern('token', /(?<!\d)\d{1,20}:[\w-]{30,}/g),
  byPattern('secret', /:\/\/(?<hidden>[^\s/?#[\]\ue000]{1,256})(?=@)/g),
  byPattern('secret', /bearer\s{1,3}(?<hidden>[\w.~+/=-]+)/gi, value => /\d|.{20}/.test(value)),
  byPattern('secret', /basic\s{1,3}(?<hidden>[\w+/=-]+)/gi, holdsCredentials),
])

function holdsCredentials(base64: string): boolean {
  const decoded = Buffer.from(base64, 'base64').toString('latin1')
  return decoded.includes(':') && !/[\p{Cc}]/u.test(decoded)
}
