import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Whether tests that need Redis must run: always in CI, elsewhere when the program is installed. */
export const redisWanted: boolean = process.env.CI === 'true' || spawnSync('redis-server', ['--version']).status === 0

/** For the name of a suite that is skipped without it. */
export const redisNote: string = redisWanted ? '' : ' (skipped: redis-server is not installed)'

export interface RedisServer {
  url: string
  /** Ends in order. */
  stop(): Promise<void>
  /** `kill -9`. */
  kill(): Promise<void>
  /** Begins again on the same port: empty, or with all it had confirmed when it keeps its data. */
  start(): Promise<void>
  /** Stops answering, its connections open, until `thaw`. */
  freeze(): void
  thaw(): void
  /** Ends permanently and removes its files. */
  dispose(): Promise<void>
}

/** A real redis-server on a free port of the loopback; unless `keepData` is set it keeps nothing on disk. `options` are further arguments. */
export async function startRedisServer({ keepData = false, options = [] as string[] } = {}): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'redis-'))
  const port = await freePort()
  let server: ChildProcess | undefined

  const start = async () => {
    const settings = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '']
    settings.push('--appendonly', keepData ? 'yes' : 'no', '--appendfsync', 'always', ...options)
    const started = spawn('redis-server', settings, { stdio: ['ignore', 'pipe', 'inherit'] })
    server = started
    await new Promise<void>((resolve, reject) => {
      let output = ''
      started.once('error', reject)
      started.once('exit', () => reject(new Error(`redis-server ended: ${output}`)))
      started.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString()
        if (output.includes('Ready to accept connections')) resolve()
      })
    })
  }
  const end = async (signal: NodeJS.Signals) => {
    const running = server
    server = undefined
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return
    const exited = once(running, 'exit')
    running.kill(signal)
    await exited
  }

  await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    start,
    freeze: () => void server?.kill('SIGSTOP'),
    thaw: () => void server?.kill('SIGCONT'),
    async dispose() {
      await end('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
