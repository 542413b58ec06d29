import { byPattern, type Finder, inOrder } from './span.ts'

const uuid = `(?<![0-9a-f-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f-])`

/** What `mask` has put into a text. */
export const markPattern = String.raw`\[(?:email|phone|card|inn|snils|passport|token|secret|name|address)\]`

/** Marks of an earlier pass and UUIDs: no rule looks into them. */
export const findExisting: Finder = byPattern(null, new RegExp(`${markPattern}|${uuid}`, 'gi'))

/** Bot tokens, Authorization values, credentials in URLs. */
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
