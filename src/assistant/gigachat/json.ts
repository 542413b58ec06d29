/** Parsed JSON, or undefined for anything else: the parser's own error would quote the text. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
