import type { RequestHandler } from 'express'
import type { Scope } from './oauth-route.ts'

/** Tokens of an account by the name of the package: by default those that individuals get for a year. */
export type Packages = Readonly<Record<string, number>>
const freemium: Packages = { GigaChat: 250_000_000, 'GigaChat-Pro': 40_000_000, 'GigaChat-Max': 25_000_000 }

/** The package that calls of a model are charged to: those of the second generation use that of the first. */
const packageOf = (model: string) => model.replace(/^GigaChat-2/, 'GigaChat').replace(/-preview$/, '')

/** What is left of an account's packages; the route refuses accounts that pay afterwards, as the service does. */
export function createBalance(packages: Packages = freemium) {
  const left = new Map(Object.entries(packages))
  return {
    spend(model: string, tokens: number): void {
      const name = packageOf(model)
      const before = left.get(name)
      if (before !== undefined) left.set(name, Math.max(0, before - tokens))
    },
    route(scopeOf: (req: Parameters<RequestHandler>[0]) => Scope | null): RequestHandler {
      return (req, res) => {
        if (scopeOf(req) === 'GIGACHAT_API_CORP')
          return void res.status(403).json({ status: 403, message: 'Permission denied' })
        res.json({ balance: [...left].map(([usage, value]) => ({ usage, value })) })
      }
    },
  }
}
