import { type ParseArgsConfig, parseArgs } from 'node:util'
import { PeriodError } from '../analytics/period.ts'
import { checkCountedZone, checkTimeZone } from '../analytics/time-zone.ts'
import { type CommandConfig, loadCommandConfig } from '../config.ts'
import { migrate } from '../db/migrate.ts'
import { openCommandDatabase } from '../db/open-database.ts'
import { checkDatabase, isUnreachable } from '../db/reach-database.ts'
import { AppError } from '../errors.ts'
import { createStopRace } from '../process/stop-race.ts'
import { onStopRequest } from '../process/stop-request.ts'
import { loadEnvFile } from './env-file.ts'
import { describeFailure } from './failure-text.ts'

/** Invalid arguments; ends the command with exit code 2. */
export class UsageError extends AppError {
  readonly name = 'UsageError'
  readonly retryable = false
}

/** `--help` was asked for; the message is the usage. Ends the command with exit code 0. */
export class HelpRequest extends AppError {
  readonly name = 'HelpRequest'
  readonly retryable = false
}

/** The process as a command sees it; tests pass their own. */
export interface CommandContext {
  args: string[]
  env: Record<string, string | undefined>
  /** Writes the answer, to stdout. */
  out: (text: string) => void
  /** Writes notes for the user of the terminal, to stderr. */
  note: (text: string) => void
  now: () => Date
  /** Aborted when the process is asked to end. */
  stopping?: AbortSignal | undefined
}

/**
 * Parses options and positional arguments; every command also has `--help`. Throws UsageError, with one sentence, for
 * arguments that are not declared, and HelpRequest for `--help`.
 */
export function readArgs<T extends NonNullable<ParseArgsConfig['options']>>(args: string[], options: T, usage: string) {
  if (args.some(arg => arg === '--help' || arg === '-h')) throw new HelpRequest(usage)
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true })
  } catch (cause) {
    const [sentence = ''] = cause instanceof Error ? cause.message.split(/\.\s|\n/) : []
    throw new UsageError(`${sentence}; --help shows the options`, { cause })
  }
}

/** Parses an integer from `min` to `max`. Throws UsageError. */
export function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < min || value > max)
    throw new UsageError(`--${option} must be a whole number from ${min} to ${max}`)
  return value
}

export interface DatabaseUse {
  /** A database without the bot's tables gets them; otherwise it is an error. */
  newSchema?: boolean
  /** The totals may be counted in days of another time zone than ANALYTICS_TZ. */
  anyZone?: boolean
  /** The command goes on with the standby of DATABASE_READ_URL while the primary is down; called with what is wrong with that. */
  fromStandby?: (reason: string) => void
}

/**
 * Opens the bot's database, its schema up to date, for the time of `work`. Throws within 5 s when PostgreSQL cannot be
 * reached or does not answer, and when what it finds is not the database of a bot.
 */
export async function withDatabase<T>(
  { env, stopping = new AbortController().signal }: Pick<CommandContext, 'env' | 'stopping'>,
  work: (url: string, config: CommandConfig) => Promise<T>,
  { newSchema = false, anyZone = false, fromStandby }: DatabaseUse = {},
): Promise<T> {
  const config = loadCommandConfig(env)
  const unlessStopped = createStopRace(stopping)
  const database = await openCommandDatabase(config, { stopping })
  const standbyUrl = config.db.standby?.url
  const open = async () => {
    try {
      await checkDatabase(database.url, { newSchema })
    } catch (err) {
      if (fromStandby === undefined || standbyUrl === undefined || !isUnreachable(err)) throw err
      await checkDatabase(standbyUrl, { newSchema: false }).catch(() => {
        throw err
      })
      await checkCountedZone(standbyUrl, config.timeZone)
      fromStandby(describeFailure(err))
      return work(database.url, config)
    }
    await migrate(database.url, 0)
    await checkTimeZone(database.url, config.timeZone, new Date())
    if (!anyZone) await checkCountedZone(database.url, config.timeZone)
    return work(database.url, config)
  }
  try {
    return await unlessStopped(open())
  } finally {
    await database.close()
  }
}

/** Exit codes of a process that a signal ended, as shells show them. */
const codeOf: Record<string, number> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }

/**
 * Runs a command as this process. Exit code 0 done, 1 failed or resolved to false, 2 wrong arguments, 128 + n ended by
 * signal n.
 */
export async function runAsProcess(command: (context: CommandContext) => Promise<unknown>): Promise<void> {
  const note = (text: string) => void process.stderr.write(`${text}\n`)
  const out = (text: string) => void process.stdout.write(`${text}\n`)
  const stopping = new AbortController()
  let reason = ''
  const stopListening = onStopRequest(given => {
    reason ||= given
    stopping.abort()
  })
  try {
    const args = process.argv.slice(2)
    loadEnvFile('.env', process.env, note)
    const context = { args, env: process.env, out, note, now: () => new Date(), stopping: stopping.signal }
    if ((await command(context)) === false) process.exitCode = 1
  } catch (err) {
    if (stopping.signal.aborted) process.exit(codeOf[reason] ?? 1) // what was in flight has been closed
    if (err instanceof HelpRequest) return out(err.message)
    note(describeFailure(err))
    // a connection to a server that does not answer would keep the process alive
    process.exit(err instanceof UsageError || err instanceof PeriodError ? 2 : 1)
  } finally {
    stopListening()
  }
}
