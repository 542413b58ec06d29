const timeoutMs = 60_000

/** The JSON of an answer. Rejects with the status and the beginning of the text when it is none. */
export async function askJson(url: string, init: RequestInit = {}): Promise<unknown> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) })
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.status} ${text.slice(0, 200)}`)
  return text === '' ? null : JSON.parse(text)
}

export const postJson = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<unknown> =>
  askJson(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

/** The message of whatever was thrown, with what caused it. */
export function reason(err: unknown): string {
  if (!(err instanceof Error)) return String(err)
  return err.cause === undefined ? err.message : `${err.message}: ${reason(err.cause)}`
}
