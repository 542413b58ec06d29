import { type App, startApp } from './app.ts'
import { loadEnvFile } from './cli/env-file.ts'
import { describeFailure } from './cli/failure-text.ts'
import { loadConfig } from './config.ts'
import { onStopRequest } from './process/stop-request.ts'

/** Writes for the operator who started the process; the log may not exist yet or any more. */
const say = (text: string): void => void process.stderr.write(`${text}\n`)

/** Whatever hangs, the process ends after this time: what was accepted is on disk. */
const stopTimeoutMs = 19_500

async function main(): Promise<void> {
  const stopping = new AbortController()
  let starting: Promise<App> | undefined
  const stop = async (reason: string, exitCode: number) => {
    if (stopping.signal.aborted) return
    setTimeout(() => process.exit(1), stopTimeoutMs).unref()
    stopping.abort()
    const app = await starting?.catch(() => undefined) // a start that was given up has undone its steps
    await app?.stop(reason).catch(err => {
      say(`not everything stopped in order: ${describeFailure(err)}`)
      process.exitCode = 1
    })
    process.exit(process.exitCode ?? exitCode)
  }
  onStopRequest(reason => void stop(reason, 0))
  if (stopping.signal.aborted) return

  loadEnvFile('.env', process.env, say)
  starting = startApp(loadConfig(process.env), {}, stopping.signal)
  const app = await starting.catch(err => {
    if (stopping.signal.aborted) return null
    throw err
  })
  if (app === null) return
  const crash = (err: unknown) => {
    app.crashed(err)
    void stop('uncaught error', 1)
  }
  process.on('uncaughtException', crash)
  process.on('unhandledRejection', crash)
  if (app.addresses.chat !== null) {
    say(
      `\n  Чат:      ${app.addresses.chat}\n  Метрики:  ${app.addresses.metrics}\n${app.hasDemoHistory ? '  Данные:   демо-история до вчерашнего дня (её люди помечены в users.synthetic)\n' : ''}`,
    )
  }
}

main().catch(err => {
  say(describeFailure(err))
  process.exit(1)
})
