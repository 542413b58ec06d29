import { fileURLToPath } from 'node:url'
import express, { Router } from 'express'
import { roomsFolder } from '../../process/places.ts'

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

const publicFolder = fileURLToPath(new URL('sandbox/page/public', roomsFolder))

/** The chat page: static files. */
export function createChatPage(): Router {
  const router = Router()
  router.use((_req, res, next) => {
    res.set({ 'content-security-policy': contentSecurityPolicy, 'x-content-type-options': 'nosniff' })
    next()
  })
  router.use(express.static(publicFolder, { cacheControl: false }))
  return router
}
