import { existsSync } from 'node:fs'
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { PeriodError } from '../analytics/period.ts'
import { checkTimeZone } from '../analytics/time-zone.ts'
import { type Config, loadConfig } from '../config.ts'
import { migrate } from '../db/migrate.ts'
import { openCommandDatabase } from '../db/open-database.ts'
import { AppError } from '../errors.ts'
import { maskPersonalData } from '../telemetry/masking.ts'

/** Arguments nobody can follow; ends the command with exit code 2. */
export class UsageError extends AppError {
  readonly name = 'UsageError'
  readonly retryable = false
}

/** What a command is given instead of the process. */
export interface CommandContext {
  args: string[]
  env: Record<string, string | undefined>
  /** The answer. */
  out: (text: string) => void
  /** Everything else a person should read. */
  note: (text: string) => void
  now: () => Date
}

/** Options and words of a command line. Throws UsageError with `usage` for what is not declared. */
export function readArgs<T extends NonNullable<ParseArgsConfig['options']>>(args: string[], options: T, usage: string) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true })
  } catch (cause) {
    throw new UsageError(`${cause instanceof Error ? cause.message : 'the arguments cannot be read'}\n\n${usage}`, {
      cause,
    })
  }
}

/** A whole number from `min` to `max`. Throws UsageError. */
export function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < min || value > max)
    throw new UsageError(`--${option} must be a whole number from ${min} to ${max}`)
  return value
}

/** Opens the bot's database, its schema up to date, for the time of `work`. */
export async function withDatabase<T>(
  { env }: Pick<CommandContext, 'env'>,
  work: (url: string, config: Config) => Promise<T>,
): Promise<T> {
  const config = loadConfig(env)
  const database = await openCommandDatabase(config)
  try {
    await migrate(database.url)
    await checkTimeZone(database.url, config.timeZone, new Date())
    return await work(database.url, config)
  } finally {
    await database.close()
  }
}

/** Runs a command as this process. Exit code 0 done, 1 failed, 2 wrong arguments. */
export async function runAsProcess(command: (context: CommandContext) => Promise<void>): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile('.env')
  try {
    await command({
      args: process.argv.slice(2),
      env: process.env,
      out: text => void process.stdout.write(`${text}\n`),
      note: text => void process.stderr.write(`${text}\n`),
      now: () => new Date(),
    })
  } catch (err) {
    const words =
      err instanceof AppError ? err.message : err instanceof Error ? (err.stack ?? err.message) : String(err)
    process.stderr.write(`${maskPersonalData(words)}\n`) // words of others may quote an address with its password
    process.exitCode = err instanceof UsageError || err instanceof PeriodError ? 2 : 1
  }
}
