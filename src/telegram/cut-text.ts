/** The first `limit` UTF-16 units of a text, without half of a surrogate pair at the end. */
export const cutText = (text: string, limit: number): string =>
  text.length <= limit ? text : text.slice(0, limit).replace(/[\uD800-\uDBFF]$/, '')
