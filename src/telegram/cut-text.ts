const graphemes = new Intl.Segmenter('ru', { granularity: 'grapheme' })

/** Whether nothing a reader sees as one sign (an emoji with its parts, a flag, a letter with its marks) stands across `at`. */
export const isSignBorder = (text: string, at: number): boolean =>
  at >= text.length || graphemes.segment(text).containing(at)?.index === at

/**
 * The last place at or before `limit`, in UTF-16 units, where a text can be cut without taking a sign apart. A sign longer
 * than the limit is cut between code points.
 */
export function signBorder(text: string, limit: number): number {
  if (text.length <= limit) return text.length
  const start = graphemes.segment(text).containing(limit)?.index ?? 0
  if (start > 0) return start
  const splitsPair = limit > 1 && /[\uD800-\uDBFF]/.test(text.charAt(limit - 1))
  return splitsPair ? limit - 1 : limit
}

/** The first `limit` UTF-16 units of a text, without a part of a sign at the end. */
export const cutText = (text: string, limit: number): string => text.slice(0, signBorder(text, limit))
