/**
 * An array as a parameter of a statement, sent in PostgreSQL's binary form: `pg` would write it as text with every element
 * quoted, and PostgreSQL would have to read that. The form is that of array_send() and of each type's `send` function.
 */
export interface ArrayParameter<T> {
  items: readonly (T | null)[]
  /** What `pg` sends instead of this object; bytes it sends as they are. */
  toPostgres(): Buffer
}

/** Bytes of the header: dimensions, whether there are nulls, type of the elements, their number, the first index. */
const headerBytes = 20
/** Bytes of UTF-8 that one unit of a string can take. */
const mostBytes = 3
/** 2000-01-01, from which PostgreSQL counts microseconds. */
const epochMs = Date.UTC(2000, 0, 1)

export const textArray = (items: readonly (string | null)[]): ArrayParameter<string> =>
  arrayOf(
    25,
    items,
    text => mostBytes * text.length,
    (bytes, text, at) => bytes.write(text, at),
  )

/** Of JSON texts, as `jsonb[]`. */
export const jsonbArray = (items: readonly (string | null)[]): ArrayParameter<string> =>
  arrayOf(
    3802,
    items,
    json => 1 + mostBytes * json.length,
    (bytes, json, at) => {
      bytes[at] = 1 // the version of the form
      return 1 + bytes.write(json, at + 1)
    },
  )

/** Of integers of up to 53 bits; any other number becomes null. */
export const bigintArray = (items: readonly (number | null)[]): ArrayParameter<number> =>
  arrayOf(
    20,
    items.map(item => (Number.isSafeInteger(item) ? item : null)),
    () => 8,
    writeInt64,
  )

/** As `timestamptz[]`; an invalid date becomes null. */
export const timestampArray = (items: readonly (Date | null)[]): ArrayParameter<Date> =>
  arrayOf(
    1184,
    items.map(item => (item === null || Number.isNaN(item.getTime()) ? null : item)),
    () => 8,
    (bytes, date, at) => writeInt64(bytes, (date.getTime() - epochMs) * 1000, at),
  )

function writeInt64(bytes: Buffer, value: number, at: number): number {
  bytes.writeInt32BE(Math.floor(value / 2 ** 32), at)
  bytes.writeUInt32BE(value >>> 0, at + 4)
  return 8
}

/** `sizeOf` may be more than an element takes; `write` returns the bytes it took. */
function arrayOf<T>(
  type: number,
  items: readonly (T | null)[],
  sizeOf: (item: T) => number,
  write: (bytes: Buffer, item: T, at: number) => number,
): ArrayParameter<T> {
  const toPostgres = () => {
    const size = items.reduce((sum, item) => sum + 4 + (item === null ? 0 : sizeOf(item)), headerBytes)
    const bytes = Buffer.allocUnsafe(size)
    const header = [1, 1, type, items.length, 1]
    header.forEach((field, i) => void bytes.writeInt32BE(field, 4 * i))
    let at = headerBytes
    for (const item of items) {
      const length = item === null ? -1 : write(bytes, item, at + 4)
      bytes.writeInt32BE(length, at)
      at += 4 + Math.max(0, length)
    }
    return bytes.subarray(0, at)
  }
  return { items, toPostgres }
}
