import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'

const root = new URL('../..', import.meta.url).pathname

/** `npm start` in the sandbox with a database of its own, as leader of a process group. The build is there already. */
export function npmStart() {
  const dataDir = mkdtempSync(join(tmpdir(), 'npm-start-'))
  const child = spawn('npm', ['start', '--ignore-scripts'], {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', HOME: dataDir, HTTP_PORT: '0', METRICS_PORT: '0', DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk))
  const exit = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string)
  /** Everything alive that was started with this DATA_DIR: npm, shells, the bot, PostgreSQL. */
  const alive = () => processesWith(`DATA_DIR=${dataDir}`)
  onTestFinished(() => {
    for (const { pid } of alive()) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {} // it has just ended
    }
  })
  const ready = async () => {
    await expect.poll(() => /Данные: /.test(output) || child.exitCode, { message: output }).toBe(true)
    return /Чат:\s+(http:\S+)/.exec(output)?.[1] ?? ''
  }
  return { dataDir, pid: child.pid ?? 0, exit, alive, ready, output: () => output }
}

function processesWith(setting: string): { pid: number; command: string }[] {
  const text = (pid: string, file: string) => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'utf8')
    } catch {
      return '' // it has just ended
    }
  }
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && text(name, 'environ').split('\0').includes(setting))
    .map(pid => ({ pid: Number(pid), command: text(pid, 'cmdline').replaceAll('\0', ' ') }))
}
