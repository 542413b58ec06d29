import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { startOptions } from '../../bench/start-options.ts'
import { freePort } from './programs.ts'

/** The bot as a process of its own. */
export interface BotProcess {
  child: ChildProcess
  metricsUrl: string
  publicUrl: string
  exit: Promise<number | null>
  /** Everything it has written. */
  output(): string
  /** Resolves when it takes updates; rejects when it ends before. */
  started(): Promise<void>
  /** `kill -9`. */
  kill(): Promise<void>
  metrics(): Promise<string>
}

/** Runs the compiled `main` in `folder` as `npm start` does, with nothing but `settings` in its environment; ports that these do not name are free ones. */
export async function spawnBot(main: string, folder: string, settings: Record<string, string>): Promise<BotProcess> {
  const [metricsPort, httpPort] = [
    settings.METRICS_PORT ?? (await freePort()),
    settings.HTTP_PORT ?? (await freePort()),
  ]
  const child = spawn(process.execPath, [...startOptions, main], {
    cwd: folder,
    env: {
      PATH: process.env.PATH ?? '',
      MESSAGES_TOGETHER_MS: '0',
      LOG_FLUSH_MS: '20',
      ...settings,
      METRICS_PORT: `${metricsPort}`,
      HTTP_PORT: `${httpPort}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const chunks: string[] = []
  let hasStarted = false
  const watchers: (() => void)[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => {
      chunks.push(String(chunk))
      hasStarted ||= String(chunk).includes('"bot_started"')
      if (hasStarted) for (const look of watchers.splice(0)) look()
    })
  }
  // not `exit`, after which there may be output to read
  const exit = once(child, 'close').then(([code]) => code as number | null)
  const metricsUrl = `http://127.0.0.1:${metricsPort}`
  return {
    child,
    metricsUrl,
    publicUrl: `http://127.0.0.1:${httpPort}`,
    exit,
    output: () => chunks.join(''),
    started: () =>
      Promise.race([
        new Promise<void>(resolve => {
          if (hasStarted) resolve()
          else watchers.push(resolve)
        }),
        exit.then(code => {
          throw new Error(`the bot ended with ${code}:\n${chunks.join('')}`)
        }),
      ]),
    kill: async () => {
      child.kill('SIGKILL')
      await exit
    },
    metrics: async () => (await fetch(`${metricsUrl}/metrics`)).text(),
  }
}
