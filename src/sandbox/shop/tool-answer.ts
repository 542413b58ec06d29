/** A tool's answer inside its envelope: data, or a refusal with the shop's own code. */
export type ToolAnswer = { ok: true; data: unknown } | { ok: false; error: ToolError }

interface ToolError {
  code: string
  message: string
  http_status: number
  retryable: boolean
}

export const answer = (data: unknown): ToolAnswer => ({ ok: true, data })

const refusal = (code: string, http_status: number, retryable: boolean, message: string): ToolAnswer => ({
  ok: false,
  error: { code, message, http_status, retryable },
})

export const emptyInput = (message: string) => refusal('empty_input', 400, false, message)
export const notFound = (message: string) => refusal('invalid_input', 404, false, message)
export const invalidInput = (message: string) => refusal('invalid_input', 400, false, message)
export const authRequired = () => refusal('auth_required', 401, false, 'Требуется авторизация')
export const rateLimited = () => refusal('rate_limited', 429, true, 'Слишком много запросов, попробуйте позже')

/** The envelope. `isError` is false for refusals too: that is how the shop does it. */
export const envelope = (answered: ToolAnswer) => ({
  content: [{ type: 'text' as const, text: JSON.stringify(answered, null, 4) }],
  isError: false,
})
