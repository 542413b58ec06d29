import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase } from '../../../test/support/database.ts'
import { createCartJournal } from '../../events/cart-journal.ts'
import { createEventStore } from '../../events/event-store.ts'
import { createRecorder, type Recorder } from '../../events/recorder.ts'
import { createSpool } from '../../events/spool.ts'
import { silentLog } from '../../telemetry/log.ts'
import { createRegistry } from '../../telemetry/registry.ts'
import type { CartRating } from '../cart-rating.ts'
import { createUsers } from '../create-users.ts'
import { createUserStore, type UserStore } from '../user-store.ts'
import type { NewCart, UpdateRef } from '../users.ts'

export const noon = new Date('2026-03-10T09:00:00Z') // 12:00 in Moscow
const settings = { timeZone: 'Europe/Moscow', cartLimit: 5, surveyBonus: 5, referralBonus: 3 }

/** What a test puts between a process and PostgreSQL. */
interface Around {
  recorder: (recorder: Recorder) => Recorder
  store: (store: UserStore) => UserStore
}
const same = <T>(part: T): T => part

export async function setup({ replicas = 1 } = {}) {
  const { db, sql, register } = await createTestDatabase(noon)
  let clock = noon
  const deps = { db, settings, idHash: (id: number) => id.toString(16).padStart(64, '0') }
  const start = (dataDir = newDataDir(), around: Partial<Around> = {}) => {
    const recorder = createRecorder({
      store: createEventStore(deps),
      spool: createSpool(dataDir),
      log: silentLog,
      register: createRegistry({ serviceName: 'test', env: 'test' }),
      sleep: async () => undefined,
    })
    const carts = createCartJournal(dataDir, () => clock)
    const store = createUserStore(db, settings.timeZone)
    const { recorder: recorderOf = same, store: storeOf = same } = around
    return createUsers({ store: storeOf(store), recorder: recorderOf(recorder), carts, now: () => clock })
  }
  const all = Array.from({ length: replicas }, () => start())
  let updates = 0
  const update = (at = clock): UpdateRef => ({ key: `${++updates}:${at.getTime()}`, at, requestId: `REQ${updates}` })
  const events = (type: string) =>
    sql<{ user_id: string; metadata: Record<string, unknown>; request_id: string }>(
      'select user_id, metadata, request_id from user_events where event_type = $1 order by created_at, user_id',
      [type],
    )
  const [users = never()] = all
  /** A process that cannot write facts: what it answers is what it remembers. */
  const cutOff = (dataDir = newDataDir(), around = (store: UserStore) => store) =>
    createUsers({
      store: around(createUserStore(db, settings.timeZone)),
      recorder: { submit: async () => null, submitDurably: async () => null },
      carts: createCartJournal(dataDir, () => clock),
      now: () => clock,
    })
  return { users, all, start, cutOff, sql, register, update, events, setClock: (at: Date) => (clock = at) }
}
export const newDataDir = () => mkdtempSync(join(tmpdir(), 'users-'))
const never = (): never => {
  throw new Error('no replica')
}
export const minutes = (n: number) => new Date(noon.getTime() + n * 60_000)
export const cart = (ordinal = 1, revises = false): NewCart => ({
  ordinal,
  totalSum: 193,
  scenario: 'search',
  affiliateTag: null,
  revises,
  together: [],
  cart: { lines: [], totalMinor: 19_300, link: 'https://vkusvill.ru/?share_basket=123456789' },
})

export const liked: CartRating = {
  cartNumber: 1,
  requestId: '',
  promptVersion: '0123456789ab',
  rating: 'up',
  reason: null,
}
