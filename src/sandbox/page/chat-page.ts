import { join } from 'node:path'
import express, { Router } from 'express'

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The chat page: static files that stand in `public` beside this module, in the sources as in the build. */
export function createChatPage(): Router {
  const router = Router()
  router.use((_req, res, next) => {
    res.set({ 'content-security-policy': contentSecurityPolicy, 'x-content-type-options': 'nosniff' })
    next()
  })
  router.use(express.static(join(import.meta.dirname, 'public'), { cacheControl: false }))
  return router
}
