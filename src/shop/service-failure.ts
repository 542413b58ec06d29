import { McpError } from '../errors.ts'

/** The shop is healthy and refused the request: an unknown product, invalid arguments. */
export class ShopRefusal extends McpError {
  constructor(code: string, detail: string) {
    super(code, detail, false)
  }
}

/**
 * True if a failed call counts as a failure of the shop or of the connection: any error except a refusal of the request and
 * the closing of the client.
 */
export const isServiceFailure = (err: unknown): boolean =>
  !(err instanceof ShopRefusal) && !(err instanceof McpError && err.code === 'closed')
