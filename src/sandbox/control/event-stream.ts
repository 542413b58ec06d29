import type { Response } from 'express'

/** One server-sent events connection. */
export interface EventStream {
  send(event: string, data: unknown): void
}

const keepAliveMs = 15_000

/** Turns the response into a stream; `onClose` runs once when the page disconnects or the server stops. */
export function openEventStream(res: Response, onClose: () => void): EventStream {
  res.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  res.write('retry: 1000\n\n')
  const keepAlive = setInterval(() => res.write(': alive\n\n'), keepAliveMs)
  res.once('close', () => {
    clearInterval(keepAlive)
    onClose()
  })
  return { send: (event, data) => void res.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`) }
}
