import type { RequestHandler } from 'express'

/**
 * Keeps pages of others from acting in the sandbox, which has no password. The name in `Host` must be one of this machine
 * or of `hosts`: a foreign name that leads here (DNS rebinding) is refused. A page may call only what it came from; from
 * elsewhere only the chat page itself may be opened.
 */
export function guardRequests(hosts: readonly string[]): RequestHandler {
  return (req, res, next) => {
    const name = hostname(`http://${req.headers.host}`)
    if (name === undefined || !(isThisMachine(name) || hosts.includes(name))) {
      return void res.status(403).json({ error: 'unknown Host: add its name to SANDBOX_HOSTS to serve it' })
    }
    const { origin } = req.headers
    const site = req.get('sec-fetch-site') ?? 'none'
    const isOpened = req.get('sec-fetch-mode') === 'navigate' && req.method === 'GET' && req.path === '/'
    const isForeign =
      origin !== undefined && origin !== `http://${req.headers.host}` && origin !== `https://${req.headers.host}`
    if (isForeign || (site !== 'none' && site !== 'same-origin' && !isOpened)) {
      return void res.status(403).json({ error: 'pages of another origin may not call the sandbox' })
    }
    next()
  }
}

/** A form of any page can be posted without asking; JSON cannot. */
export const onlyJson: RequestHandler = (req, res, next) => {
  if (req.method === 'POST' && !req.is('application/json')) {
    return void res.status(400).json({ error: 'body: must be sent as application/json' })
  }
  next()
}

const isThisMachine = (name: string): boolean =>
  name === '[::1]' || /^(?:[\w-]+\.)*localhost$/.test(name) || /^127(?:\.\d{1,3}){3}$/.test(name)

function hostname(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined
}
