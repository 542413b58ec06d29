import { parseDay } from '../analytics/period.ts'
import type { CommandConfig } from '../config.ts'
import { openClient } from '../db/session.ts'
import { type CommandContext, readArgs, UsageError, withDatabase } from './command.ts'

const usage = `Usage: npm run rebuild-totals -- [--day YYYY-MM-DD]

  Counts a day, or everything, again from the events. Everything is needed after ANALYTICS_TZ was changed.`

/** `npm run rebuild-totals`: rebuilds the totals from the events in the database. */
export async function runRebuildTotals({ args, env, out, stopping }: CommandContext): Promise<void> {
  const { values, positionals } = readArgs(args, { day: { type: 'string' } }, usage)
  if (positionals.length > 0) throw new UsageError(`${positionals[0]} is not an option; --help shows them`)
  const day = values.day === undefined ? null : parseDay(values.day)
  const work = async (url: string, { timeZone }: CommandConfig) => {
    const client = await openClient(url, 'rebuild')
    try {
      if (day === null) await client.query('select rebuild_all($1)', [timeZone])
      else await client.query('select rebuild_day($1, $2)', [day, timeZone])
      out(day === null ? 'Everything was counted again' : `${day} was counted again`)
    } finally {
      await client.end()
    }
  }
  await withDatabase({ env, stopping }, work, { anyZone: day === null })
}
