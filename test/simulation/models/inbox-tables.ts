import type { HandedUpdate, InboxState, InboxWait } from '../../../src/telegram/updates/inbox-store.ts'

interface InboxRow {
  userId: number
  updateId: number
  body: Buffer
  receivedAt: number
  worker: string | null
  handed: boolean
  attempts: number
  shownMessage: number | null
  shownBy: string | null
}

interface PutUpdate extends Pick<InboxRow, 'userId' | 'updateId' | 'body'> {
  takes: boolean
}

/** As inbox_attempts(). */
const mostAttempts = 10
/** As inbox_longest_wait(). */
const longestWaitMs = 2_000

/** A model of the tables `inbox` and `inbox_workers` and the functions of `src/telegram/sql/`; `now` is the server's clock, in ms. */
export function createInboxTables(now: () => number) {
  let rows: InboxRow[] = []
  const aliveUntil = new Map<string, number>()
  const fences = new Map<string, number>()
  /** When each update was stored first. */
  const seen = new Map<number, number>()

  const isAlive = (worker: string | null) =>
    worker !== null && (aliveUntil.get(worker) ?? Number.NEGATIVE_INFINITY) >= now()
  /** As inbox_given_up(). */
  const isGivenUp = (worker: string, fence: number) => (fences.get(worker) ?? fence) > fence
  const ofUser = (userId: number) => rows.filter(row => row.userId === userId)
  const isTaken = ({ attempts }: InboxRow) => attempts < mostAttempts

  const holder = (userId: number, asking: string): string | null => {
    const held = ofUser(userId).filter(({ worker }) => worker === asking || isAlive(worker))
    return (held.find(({ worker }) => worker !== asking) ?? held[0])?.worker ?? null
  }
  const hand = (worker: string, users: ReadonlySet<number> | null, again: boolean): HandedUpdate[] => {
    const mine = rows.filter(row => row.worker === worker && (users === null || users.has(row.userId)))
    const before = settled()
    const given = mine.filter(row => (row.handed ? again : row.updateId < before))
    for (const row of given) if (!row.handed) Object.assign(row, { handed: true, attempts: row.attempts + 1 })
    return given.map(({ userId, updateId, body, receivedAt, shownMessage }) => ({
      userId,
      updateId,
      body,
      waitedMs: now() - receivedAt,
      shownMessage,
    }))
  }
  /** As inbox_settled(). */
  const settled = (): number => {
    const old = [...seen].flatMap(([updateId, at]) => (at <= now() - longestWaitMs ? [updateId] : []))
    if (seen.size === 0) return Number.POSITIVE_INFINITY
    const before = old.length > 0 ? Math.max(...old) : Math.min(...seen.keys()) - 1
    const since = [...seen.keys()].filter(updateId => updateId > before).sort((a, b) => a - b)
    return before + 1 + since.filter((updateId, i) => updateId - before === i + 1).length
  }
  const forgetSeen = () => {
    const old = Math.max(...[...seen].flatMap(([updateId, at]) => (at < now() - 10_000 ? [updateId] : [])))
    for (const updateId of seen.keys()) if (updateId < old) seen.delete(updateId)
  }
  const giveTo = (worker: string, given: InboxRow[]) => {
    for (const row of given.filter(isTaken)) Object.assign(row, { worker, handed: false, shownBy: null })
  }

  return {
    isGivenUp,
    put: (
      worker: string,
      puts: readonly PutUpdate[],
      { hands, inOrder }: { hands: boolean; inOrder: boolean },
    ): HandedUpdate[] => {
      const seenAt = now() - (inOrder ? longestWaitMs : 0)
      for (const { updateId } of puts) if (!seen.has(updateId)) seen.set(updateId, seenAt)
      const before = settled()
      const held = puts.map(({ userId, takes }) => ({ userId, takes, by: holder(userId, worker) }))
      const free = held.filter(({ takes, by }) => takes && by === null && isAlive(worker))
      const taken = new Set(free.map(({ userId }) => userId))
      for (const userId of taken) giveTo(worker, ofUser(userId))
      const given: HandedUpdate[] = []
      puts.forEach(({ userId, updateId, body }, i) => {
        if (ofUser(userId).some(row => row.updateId === updateId)) return
        const by = taken.has(userId) ? worker : (held[i]?.by ?? null)
        const handed = by === worker && hands && updateId < before
        const attempts = handed ? 1 : 0
        const isNew = { receivedAt: now(), shownMessage: null, shownBy: null }
        rows.push({ userId, updateId, body, worker: by, handed, attempts, ...isNew })
        if (by !== worker) return
        given.push({ userId, updateId, body: null, waitedMs: handed ? 0 : null, shownMessage: null })
      })
      return hands ? [...given, ...hand(worker, new Set(puts.map(({ userId }) => userId)), false)] : given
    },
    take: (worker: string, leaseMs: number, users: number, fence: number): HandedUpdate[] => {
      if (isGivenUp(worker, fence)) return []
      const again = fences.get(worker) !== fence
      fences.set(worker, fence)
      aliveUntil.set(worker, now() + leaseMs)
      forgetSeen()
      const oldest = new Map<number, number>()
      for (const row of rows) {
        if (!isTaken(row) || row.worker === worker || isAlive(row.worker)) continue
        oldest.set(row.userId, Math.min(row.receivedAt, oldest.get(row.userId) ?? row.receivedAt))
      }
      const free = [...oldest].sort(([, a], [, b]) => a - b).slice(0, users)
      for (const [userId] of free) {
        const held = holder(userId, worker)
        if (held !== null && held !== worker) continue
        giveTo(
          worker,
          ofUser(userId).filter(row => row.worker !== worker),
        )
      }
      return hand(worker, null, again)
    },
    done: (users: readonly number[], updates: readonly number[]): void => {
      const names = new Set(users.map((userId, i) => `${userId}:${updates[i]}`))
      rows = rows.filter(({ userId, updateId }) => !names.has(`${userId}:${updateId}`))
    },
    release: (worker: string, users: readonly number[]): void => {
      for (const row of rows.filter(row => row.worker === worker && users.includes(row.userId))) {
        const attempts = Math.max(0, row.attempts - (row.handed ? 1 : 0))
        Object.assign(row, { worker: null, handed: false, attempts })
      }
    },
    show: (worker: string, userId: number, updateId: number, shownMessage: number): boolean => {
      const row = ofUser(userId).find(row => row.updateId === updateId && (!row.handed || row.worker === worker))
      if (row !== undefined) row.shownMessage = shownMessage
      return row !== undefined
    },
    showWaiting: (worker: string, shown: readonly number[]): InboxWait[] => {
      const free = rows.filter(row => isTaken(row) && !isAlive(row.worker)).sort((a, b) => a.receivedAt - b.receivedAt)
      return [...new Set(free.map(({ userId }) => userId))].map((userId, ahead) => {
        const ofThem = free.filter(row => row.userId === userId)
        const first = ofThem.reduce((first, row) => (row.updateId < first.updateId ? row : first))
        if (!isAlive(first.shownBy)) first.shownBy = worker
        const isShownHere = first.shownBy === worker
        const { updateId, body, shownMessage } = first
        const begins = isShownHere && !shown.includes(userId)
        return {
          userId,
          updateId,
          ahead,
          isShownHere,
          ...(begins ? { body, shownMessage } : { body: null, shownMessage: null }),
        }
      })
    },
    leave: (worker: string): void => {
      aliveUntil.delete(worker)
      fences.delete(worker)
    },
    state: (worker: string): InboxState => {
      const isInFlight = (row: InboxRow) => row.handed && isAlive(row.worker)
      const open = rows.filter(isTaken)
      return {
        waiting: open.filter(row => !isInFlight(row)).length,
        in_flight: rows.filter(isInFlight).length,
        quarantined: rows.filter(row => !isTaken(row) && !isInFlight(row)).length,
        oldest_seconds: open.length === 0 ? 0 : (now() - Math.min(...open.map(({ receivedAt }) => receivedAt))) / 1000,
        others: [...aliveUntil.keys()].filter(other => other !== worker && isAlive(other)).length,
      }
    },
    /** Lets all that was seen be seen longer ago. */
    age: (ms: number): void => {
      for (const [updateId, at] of seen) seen.set(updateId, at - ms)
    },
    /** Ends a lease. */
    expire: (worker: string): void => void aliveUntil.set(worker, now() - 1),
    /** The process that works on an update; null when none does, undefined when it is not there. */
    workerOf: (userId: number, updateId: number) => ofUser(userId).find(row => row.updateId === updateId)?.worker,
    size: () => rows.length,
  }
}

export type InboxTables = ReturnType<typeof createInboxTables>
