import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { writeHistory } from '../analytics/demo/history.ts'
import { addDays, localDay, parseDay } from '../analytics/period.ts'
import type { CommandConfig } from '../config.ts'
import { type CommandContext, readArgs, UsageError, wholeNumber, withDatabase } from './command.ts'

const usage = `Usage: npm run generate -- --users N --days D --seed S [--until YYYY-MM-DD] [--truth FILE]

  Writes the history of N synthetic users over D days into the database, in the place of an earlier one, and beside it
  what every report must say about it. The same numbers give the same history. Real users are left as they are; beside
  them the numbers leave the synthetic ones out.

  --until   last day, yesterday when left out
  --truth   file for the expected answers, DATA_DIR/truth.json when left out`

/** `npm run generate`: writes a synthetic history and its expected values. */
export async function runGenerate({ args, env, out, note, now, stopping }: CommandContext): Promise<void> {
  const options = {
    users: { type: 'string' },
    days: { type: 'string' },
    seed: { type: 'string' },
    until: { type: 'string' },
    truth: { type: 'string' },
  } as const
  const { values, positionals } = readArgs(args, options, usage)
  const [word] = positionals
  if (word !== undefined) throw new UsageError(`${word} is not an option; --help shows them`)
  if (values.users === undefined || values.days === undefined || values.seed === undefined)
    throw new UsageError('--users, --days and --seed are needed; --help shows more')
  const users = wholeNumber('users', values.users, 1, 5_000_000)
  const days = wholeNumber('days', values.days, 1, 3_650)
  const seed = wholeNumber('seed', values.seed, 0, Number.MAX_SAFE_INTEGER)
  const given = values.until === undefined ? null : parseDay(values.until)

  const work = async (url: string, { timeZone, allowance, dataDir, db }: CommandConfig) => {
    const until = given ?? addDays(localDay(now(), timeZone), -1)
    const started = performance.now()
    const sandbox = db.url === undefined
    const truth = await writeHistory(url, { users, days, seed, until, timeZone, sandbox, ...allowance }, now())
    const file = resolve(values.truth ?? join(dataDir, 'truth.json'))
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, `${JSON.stringify(truth, null, 2)}\n`)
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    note(`${users} users, ${days} days until ${until}, ${truth.events} events in ${seconds} s`)
    if (!truth.counted) note('The database has real users: the numbers leave the synthetic ones out')
    out(file)
  }
  await withDatabase({ env, stopping }, work, { newSchema: true })
}
