import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Db } from '../db/db.ts'
import { writeDurably } from '../events/durable-file.ts'
import { createTurns } from '../process/in-turn.ts'
import { createOncePerCause } from '../process/once-per-cause.ts'
import { Desk, emptyDesk } from '../telemetry/alerts/delivery/desk.ts'
import type { DeskStore } from '../telemetry/alerts/delivery/desk-store.ts'
import { mergeDesks } from '../telemetry/alerts/delivery/merge-desks.ts'
import type { Log } from '../telemetry/log.ts'

const LOAD_DESK = 'select version, state from alert_desk'
const SAVE_DESK = `
insert into alert_desk (version, state) values ($1::bigint + 1, $2::jsonb)
on conflict (singleton) do update set version = excluded.version, state = excluded.state, changed_at = now()
where alert_desk.version = $1
returning version`

const mostTries = 5

export interface AlertDeskStoreDeps {
  db: Db
  dataDir: string
  log: Log
}

/**
 * Stores the desk in PostgreSQL and a copy in `alerts.json` below DATA_DIR. While PostgreSQL is unavailable the copy goes on
 * alone, and what it has that is newer is joined in afterwards.
 */
export function createAlertDeskStore({ db, dataDir, log }: AlertDeskStoreDeps): DeskStore {
  const file = join(dataDir, 'alerts.json')
  const inTurn = createTurns()
  const failures = createOncePerCause(err => log.error('maintenance_failed', { task: 'store of alerts', err }))
  let own: Desk | undefined
  let isShared = true
  /** Whether the copy may hold what PostgreSQL does not. */
  let isAhead = true

  const read = (state: unknown): Desk => {
    const parsed = Desk.safeParse(state)
    if (parsed.success) return parsed.data
    failures.report(new Error('stored desk of alerts is unreadable: begun anew'))
    return emptyDesk
  }
  const readFileOnce = async (): Promise<Desk> => {
    try {
      return read(JSON.parse(await readFile(file, 'utf8')))
    } catch {
      return emptyDesk // the first start, or a damaged file
    }
  }
  const keep = async (desk: Desk): Promise<Desk> => {
    if (desk === own) return desk
    own = desk
    await writeDurably(file, JSON.stringify(desk)).catch(failures.report)
    return desk
  }

  const updateShared = async (known: Desk, change: (desk: Desk) => Desk): Promise<Desk> => {
    for (let tries = 0; tries < mostTries; tries++) {
      const [row] = await db.query<{ version: number; state: unknown }>('load_alert_desk', LOAD_DESK)
      const stored = row === undefined ? emptyDesk : read(row.state)
      const joined = isAhead ? mergeDesks(stored, known) : stored
      const next = change(joined)
      if (next === stored) return stored
      const saved = await db.query('save_alert_desk', SAVE_DESK, [row?.version ?? 0, JSON.stringify(next)])
      if (saved.length > 0) return next
    }
    throw new Error('the desk of alerts is changed by too many')
  }

  return {
    isShared: () => isShared,
    update: change =>
      inTurn(async () => {
        own ??= await readFileOnce()
        try {
          const desk = await updateShared(own, change)
          isShared = true
          isAhead = false
          failures.clear()
          return await keep(desk)
        } catch (err) {
          failures.report(err)
          isShared = false
          isAhead = true
          return await keep(change(own))
        }
      }),
  }
}
