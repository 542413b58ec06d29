import { loadCommandConfig } from '../config.ts'
import { createDb } from '../db/db.ts'
import { createEventStore } from '../events/event-store.ts'
import { type ReplayDeps, type ReplayResult, replayFacts } from '../events/replay.ts'
import { dataDirsOf } from '../process/directory-lock.ts'
import { sandboxToken } from '../sandbox/sandbox.ts'
import { createRegistry } from '../telemetry/registry.ts'
import { createIdHashes } from '../users/id-hash.ts'
import { type CommandContext, readArgs, UsageError, withDatabase } from './command.ts'

const usage = `Usage: npm run replay -- [--dry-run]

  Puts the facts that are quarantined in DATA_DIR/spool/events (dead-letter.ndjson, *.quarantined) through again, and says
  what remains and why. May run beside the bot, and as often as you like: nothing is stored twice.

  --dry-run  only says what would be tried`

const ERASED_AT = 'select erased_at from erased_users where id_hash = decode($1, $2)'

/** `npm run replay`. Resolves to false when something remains. */
export async function runReplay({ args, env, out, stopping }: CommandContext): Promise<boolean> {
  const { values, positionals } = readArgs(args, { 'dry-run': { type: 'boolean', default: false } }, usage)
  if (positionals.length > 0) throw new UsageError(`${positionals[0]} is not an option; --help shows them`)
  if (values['dry-run']) {
    const result = await replayAll(loadCommandConfig(env).dataDir, { store: null, erasedAt: async () => null })
    out(describe(result, 'would be tried'))
    return true
  }
  return withDatabase({ env, stopping }, async (url, config) => {
    const register = createRegistry({ serviceName: 'vkusvill-bot', env: config.env })
    const db = createDb({ url, register, poolSize: 1, timeoutMs: 60_000 })
    const hashes = createIdHashes(config.idHashKey ?? (env.BOT_TOKEN || sandboxToken))
    try {
      const result = await replayAll(config.dataDir, {
        store: createEventStore({
          db,
          settings: { timeZone: config.timeZone, ...config.allowance },
          idHash: hashes.erased,
        }),
        erasedAt: async userId => {
          const [row] = await db.query<{ erased_at: Date }>('erased_at', ERASED_AT, [hashes.erased(userId), 'hex'])
          return row?.erased_at ?? null
        },
      })
      out(describe(result, 'remain'))
      return result.remaining.size === 0 && result.unreadable.length === 0
    } finally {
      await db.close()
    }
  })
}

/** One folder of DATA_DIR after the other. */
async function replayAll(dataDir: string, deps: Omit<ReplayDeps, 'dataDir'>): Promise<ReplayResult> {
  const total: ReplayResult = { stored: 0, erased: 0, remaining: new Map(), unreadable: [] }
  for (const dir of dataDirsOf(dataDir)) {
    const { stored, erased, remaining, unreadable } = await replayFacts({ ...deps, dataDir: dir })
    total.stored += stored
    total.erased += erased
    for (const [reason, n] of remaining) total.remaining.set(reason, (total.remaining.get(reason) ?? 0) + n)
    total.unreadable.push(...unreadable)
  }
  return total
}

function describe({ stored, erased, remaining, unreadable }: ReplayResult, what: string): string {
  const count = [...remaining.values()].reduce((sum, n) => sum + n, 0)
  return [
    ...(stored > 0 ? [`${stored} facts are stored`] : []),
    ...(erased > 0 ? [`${erased} facts of users erased since were dropped`] : []),
    `${count} facts ${what}`,
    ...[...remaining].map(([reason, n]) => `  ${n}  ${reason}`),
    ...unreadable.map(path => `${path} holds no readable fact: look at it, then remove it`),
  ].join('\n')
}
