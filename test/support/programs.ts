import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'

/** Whether tests that need these programs must run: always in CI, elsewhere when all are installed; and a word for the suite's name. */
export function programsWanted(...programs: string[]): { wanted: boolean; note: string } {
  const missing = programs.filter(program => spawnSync(program, ['--version']).status !== 0)
  const wanted = process.env.CI === 'true' || missing.length === 0
  return { wanted, note: wanted ? '' : ` (skipped: ${missing.join(', ')} not installed)` }
}

export interface RunningProgram {
  /** Ends it; resolves when it has exited. May be called twice. */
  stop(): Promise<void>
}

/** Starts a server and waits until `readyUrl` answers 200; what it printed is in the error when it ends before. */
export async function startProgram(command: string, args: string[], readyUrl: string): Promise<RunningProgram> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`${command} ended:\n${output}`)))
  })
  const stop = () => end(child)
  try {
    await Promise.race([answers(readyUrl), failed])
  } catch (err) {
    await stop()
    throw err
  }
  failed.catch(() => undefined) // from now on its end is what a test wants, or sees
  return { stop }
}

async function answers(url: string): Promise<void> {
  for (let tries = 0; tries < 2_400; tries++) {
    const status = await fetch(url).then(
      response => response.status,
      () => 0,
    )
    if (status === 200) return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error(`${url} is not ready`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL') // nothing of a test run has to be saved
  await exited
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
