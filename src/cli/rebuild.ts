import { parseDay } from '../analytics/period.ts'
import { openClient } from '../db/session.ts'
import { type CommandContext, readArgs, UsageError, withDatabase } from './command.ts'

const usage = `Usage: npm run rebuild-totals -- [--day YYYY-MM-DD]

  Counts a day, or everything, again from the events. Everything is needed after ANALYTICS_TZ was changed.`

/** `npm run rebuild-totals`: the totals anew, from the events that are still there. */
export async function runRebuild({ args, env, out }: CommandContext): Promise<void> {
  const { values, positionals } = readArgs(args, { day: { type: 'string' } }, usage)
  if (positionals.length > 0) throw new UsageError(usage)
  const day = values.day === undefined ? null : parseDay(values.day)
  await withDatabase({ env }, async (url, { timeZone }) => {
    const client = await openClient(url, 'rebuild')
    try {
      if (day === null) await client.query('select rebuild_all($1)', [timeZone])
      else await client.query('select rebuild_day($1, $2)', [day, timeZone])
      out(day === null ? 'Everything was counted again' : `${day} was counted again`)
    } finally {
      await client.end()
    }
  })
}
