import { existsSync } from 'node:fs'
import { startApp } from './app.ts'
import { loadConfig } from './config.ts'
import { AppError } from './errors.ts'
import { maskPersonalData } from './telemetry/masking.ts'

/** Writes for the person who started the process; the log may not exist yet or any more. */
const say = (text: string): void => void process.stderr.write(`${text}\n`)

async function main(): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile('.env')
  const app = await startApp(loadConfig(process.env))
  if (app.addresses.chat !== null) {
    say(
      `\n  Чат:      ${app.addresses.chat}\n  Метрики:  ${app.addresses.metrics}\n${app.hasDemoHistory ? '  Данные:   демо-история до вчерашнего дня (её люди помечены в users.synthetic)\n' : ''}`,
    )
  }

  let stopping = false
  const stop = async (reason: string, exitCode: number) => {
    if (stopping) return
    stopping = true
    // whatever hangs, the process ends: what was accepted is on disk
    setTimeout(() => process.exit(1), 19_500).unref()
    await app.stop(reason).catch(err => {
      say(`not everything stopped in order: ${describe(err)}`)
      process.exitCode = 1
    })
    process.exit(process.exitCode ?? exitCode)
  }
  process.on('SIGTERM', () => void stop('SIGTERM', 0))
  process.on('SIGINT', () => void stop('SIGINT', 0))
  const crash = (err: unknown) => {
    app.crashed(err)
    void stop('uncaught error', 1)
  }
  process.on('uncaughtException', crash)
  process.on('unhandledRejection', crash)
}

/** Words of others may quote an address with its password. */
const describe = (err: unknown): string =>
  maskPersonalData(
    err instanceof AppError ? err.message : err instanceof Error ? (err.stack ?? err.message) : String(err),
  )

main().catch(err => {
  say(describe(err))
  process.exit(1)
})
