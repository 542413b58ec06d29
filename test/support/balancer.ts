import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Balancer {
  /** Where Telegram is to deliver updates. */
  url: string
  close(): void
}

/**
 * A load balancer for webhooks, on a free port of the loopback: requests go to `targets` in turn; one that is down, or says
 * that it stops (503), is passed over. 502 when none takes it, so that Telegram delivers again.
 */
export async function startBalancer(targets: () => readonly string[]): Promise<Balancer> {
  let turn = 0
  const server = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', chunk => chunks.push(chunk))
    req.on('end', () => {
      const headers = {
        'content-type': 'application/json',
        'x-telegram-bot-api-secret-token': String(req.headers['x-telegram-bot-api-secret-token']),
      }
      const request = { method: 'POST', headers, body: Buffer.concat(chunks) }
      const forward = async () => {
        let status = 502
        const all = targets()
        for (let tries = 0; tries < all.length; tries += 1) {
          const answer = await fetch(`${all[turn++ % all.length]}/hook`, request).catch(() => null)
          await answer?.arrayBuffer()
          status = answer?.status ?? status
          if (answer !== null && answer.status !== 503) break
        }
        res.writeHead(status).end()
      }
      forward().catch(() => res.destroy()) // a bot that was killed while it answered
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/hook`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
