import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** How the next exchange that carries `needle` ends: before the server saw it, or after, with the answer withheld. */
export type Cut = { needle: string; when: 'before' | 'after' }

export interface TcpProxy {
  port: number
  /** Where connections go from now on. */
  target: { host: string; port: number }
  /** Closes the port and breaks every connection: connecting is refused. */
  refuse(): Promise<void>
  accept(): Promise<void>
  /** Breaks every connection; new ones are taken. */
  cutAll(): void
  /** Takes connections and passes nothing on until `thaw`: what a server that hangs looks like. */
  freeze(): void
  thaw(): void
  /** Cuts the connection of the next exchange that fits; resolves when it has happened. */
  cutNext(cut: Cut): Promise<void>
}

/** A TCP proxy on the loopback that breaks connections on request; `overhear` gets what clients send. */
export async function startTcpProxy(
  target: { host: string; port: number },
  overhear?: (chunk: Buffer) => void,
): Promise<TcpProxy & AsyncDisposable> {
  const sockets = new Set<Socket>()
  let planned: { cut: Cut; done: () => void } | undefined
  let server: Server | undefined
  let isFrozen = false

  const join = (client: Socket) => {
    const upstream = connect(proxy.target)
    let withheld: (() => void) | undefined
    const end = () => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      if (isFrozen) socket.pause()
      socket.on('error', end)
      socket.on('close', () => {
        sockets.delete(socket)
        end()
      })
    }
    client.on('data', chunk => {
      overhear?.(chunk)
      if (planned !== undefined && chunk.includes(planned.cut.needle)) {
        const { cut, done } = planned
        planned = undefined
        if (cut.when === 'before') {
          end()
          return done()
        }
        withheld = done
      }
      upstream.write(chunk)
    })
    upstream.on('data', chunk => {
      if (withheld === undefined) return void client.write(chunk)
      end()
      withheld()
    })
  }

  const proxy: TcpProxy & AsyncDisposable = {
    port: 0,
    target,
    accept: async () => {
      if (server !== undefined) return
      server = createServer(join).listen(proxy.port, '127.0.0.1')
      await once(server, 'listening')
      proxy.port = (server.address() as AddressInfo).port
    },
    refuse: async () => {
      const closing = server
      server = undefined
      if (closing === undefined) return
      const closed = once(closing, 'close')
      closing.close()
      proxy.cutAll()
      await closed
    },
    cutAll: () => {
      for (const socket of sockets) socket.destroy()
    },
    freeze: () => {
      isFrozen = true
      for (const socket of sockets) socket.pause()
    },
    thaw: () => {
      isFrozen = false
      for (const socket of sockets) socket.resume()
    },
    cutNext: cut =>
      new Promise(resolve => {
        planned = { cut, done: resolve }
      }),
    [Symbol.asyncDispose]: () => proxy.refuse(),
  }
  await proxy.accept()
  return proxy
}
