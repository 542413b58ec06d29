import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface ConnectProxy {
  /** `http://user:pass@127.0.0.1:port`. */
  url: string
  /** Each CONNECT so far: host:port. */
  readonly tunnels: string[]
}

/**
 * An HTTP proxy that knows CONNECT alone and wants a password. Every host but 127.0.0.1 leads to `port` of this machine, so
 * names that no resolver knows are reached through it and not without it.
 */
export async function startConnectProxy(port: number): Promise<ConnectProxy> {
  const tunnels: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((_request, response) => response.writeHead(501).end())
  server.on('connect', (request, client: Socket) => {
    const authorization = `Basic ${Buffer.from('user:p@ss').toString('base64')}`
    if (request.headers['proxy-authorization'] !== authorization) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
      return
    }
    tunnels.push(request.url ?? '')
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.pipe(client)
      client.pipe(upstream)
    })
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        client.destroy()
        upstream.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://user:p%40ss@127.0.0.1:${(server.address() as AddressInfo).port}`, tunnels }
}
