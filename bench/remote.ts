import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** What a process of a bench can be asked to do, by name. Arguments and answers are plain data. */
export type Handlers = Record<string, (argument: never) => unknown>

interface Answer {
  id: number
  value?: unknown
  failure?: string
}

/** Another process, as its parent sees it. */
export interface Remote<H extends Handlers> {
  child: ChildProcess
  /** Rejects when the other side failed or ended. */
  call<Name extends keyof H & string>(name: Name, ...args: Parameters<H[Name]>): Promise<Awaited<ReturnType<H[Name]>>>
  stop(): Promise<void>
}

/** Starts the module of this folder as a process; resolves once it serves. */
export async function startRemote<H extends Handlers>(
  module: string,
  env: Record<string, string>,
  nodeOptions: string[] = ['--enable-source-maps'],
): Promise<Remote<H>> {
  const child = fork(new URL(module, import.meta.url), {
    env: { PATH: process.env.PATH, ...env },
    execArgv: nodeOptions,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const open = new Map<number, { resolve: (value: unknown) => void; reject: (err: Error) => void }>()
  let lastId = 0
  const ended = once(child, 'exit').then(([code]) => {
    for (const { reject } of open.values()) reject(new Error(`${module} ended with ${code}`))
    return code
  })
  const ready = new Promise<void>((resolve, reject) => {
    child.on('message', (message: Answer | 'ready') => {
      if (message === 'ready') return resolve()
      const waiting = open.get(message.id)
      open.delete(message.id)
      if (message.failure === undefined) waiting?.resolve(message.value)
      else waiting?.reject(new Error(message.failure))
    })
    void ended.then(code => reject(new Error(`${module} ended with ${code} before it was ready`)))
  })
  await ready
  return {
    child,
    call: (name, argument?: unknown) =>
      new Promise((resolve, reject) => {
        const id = ++lastId
        // the other side answers a call of `name` with what its handler of that name returns
        open.set(id, { resolve: resolve as (value: unknown) => void, reject })
        child.send({ id, name, argument })
      }),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      const giveUp = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await ended
      clearTimeout(giveUp)
    },
  }
}

/** The other side: answers its parent until it ends. */
export function serveParent(handlers: Handlers): void {
  const asked = handlers as Record<string, (argument: unknown) => unknown>
  process.on('message', (message: { id: number; name: string; argument: unknown }) => {
    const { id, name, argument } = message
    const answer = (rest: Omit<Answer, 'id'>) => process.send?.({ id, ...rest })
    Promise.resolve()
      .then(() => asked[name]?.(argument))
      .then(
        value => answer({ value }),
        err => answer({ failure: err instanceof Error ? (err.stack ?? err.message) : String(err) }),
      )
  })
  process.on('disconnect', () => process.exit())
  process.send?.('ready')
}
