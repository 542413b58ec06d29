import { McpError } from '../errors.ts'

/** The shop understood a call and refused what it asks for: an unknown product, arguments it does not take. */
export class ShopRefusal extends McpError {
  constructor(code: string, detail: string) {
    super(code, detail, false)
  }
}

/**
 * Whether a failed call speaks against the shop or the way to it. Only words about what was asked for do not, nor does our
 * own closing; whatever else went wrong counts, known or not.
 */
export const isServiceFailure = (err: unknown): boolean =>
  !(err instanceof ShopRefusal) && !(err instanceof McpError && err.code === 'closed')
