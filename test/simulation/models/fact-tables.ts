import pg from 'pg'

/** A fact as the store sends it to record_facts(). */
interface SentFact {
  /** Its place in the batch. */
  o: number
  /** Kind of a fact with a state change. */
  k?: string
  /** Type of a plain event. */
  t?: string
  id: string
  u: number
  at: string
  again?: boolean
  messageFactId?: string
  alsoAnswers?: string[]
  cart?: object
  calls?: number
  tokens?: number
  costRub?: number
}

interface UserRow {
  registeredAt: string
  cartsCreated: number
  messagesInSession: number
  lastMessageAt: number | null
  recentMessages: string[]
  doneMessages: string[]
  lastCart: { messageFactId: string; cart: object; number: number } | null
}

/** A fact that was applied: it changed something, or was found to be a repeat. */
export interface AppliedFact {
  batchId: string
  id: string
  userId: number
  kind: string
}

export interface FactTablesDeps {
  /** SQLSTATE that PostgreSQL answers a statement with in which this fact stands; null: none. */
  failureOf?: (id: string, userId: number) => string | null
  onBatch?: (id: string, facts: readonly AppliedFact[], isRepeat: boolean) => void
}

/** As session_gap(), latest_ids() and repeat_window(). */
const sessionGapMs = 1_800_000
const latest = 20
const repeatMs = 3 * 24 * 3_600_000

export const databaseFailure = (code: string): pg.DatabaseError =>
  Object.assign(new pg.DatabaseError('text of the server', 1, 'error'), { code })

/** A model of record_facts() for messages, carts, usage, answers and plain events: what it stores and what it answers. */
export function createFactTables({ failureOf = () => null, onBatch }: FactTablesDeps = {}) {
  const batches = new Set<string>()
  const users = new Map<number, UserRow>()
  const events = new Map<string, { at: number; number: number }[]>()
  const usage = new Map<number, { messages: number; calls: number; tokens: number }>()

  const rowOf = (userId: number, at: string): UserRow => {
    const row = users.get(userId) ?? {
      registeredAt: at,
      cartsCreated: 0,
      messagesInSession: 0,
      lastMessageAt: null,
      recentMessages: [],
      doneMessages: [],
      lastCart: null,
    }
    users.set(userId, row)
    return row
  }
  const latestIds = (ids: string[], id: string) => [id, ...ids].slice(0, latest)
  const add = (userId: number, messages: number, calls: number, tokens: number) => {
    const sum = usage.get(userId) ?? { messages: 0, calls: 0, tokens: 0 }
    usage.set(userId, { messages: sum.messages + messages, calls: sum.calls + calls, tokens: sum.tokens + tokens })
  }
  const markDone = (userId: number, messageFactId: string | undefined) => {
    const row = users.get(userId)
    if (row !== undefined && messageFactId !== undefined) row.doneMessages = latestIds(row.doneMessages, messageFactId)
  }
  /** The rows of an event that are near in time, or of exactly its time. */
  const earlier = ({ u, id, at }: SentFact, withinMs: number) =>
    events.get(`${u}/${id}`)?.find(row => Math.abs(row.at - Date.parse(at)) <= withinMs)
  const insert = ({ u, id, at }: SentFact, number: number) => {
    const name = `${u}/${id}`
    events.set(name, [...(events.get(name) ?? []), { at: Date.parse(at), number }])
  }
  const state = (userId: number, row: UserRow) => ({
    userId,
    registeredAt: row.registeredAt,
    daysSinceRegistration: 0,
    cartsCreated: row.cartsCreated,
    cartLimit: 5,
    surveyCompleted: false,
    survey: null,
    consentVersion: null,
    blocked: null,
    messagesInSession: row.messagesInSession,
    hasLastCart: row.lastCart !== null,
  })

  const applyMessage = (fact: SentFact) => {
    const row = rowOf(fact.u, fact.at)
    if (row.recentMessages.includes(fact.id)) {
      const cart = row.lastCart?.messageFactId === fact.id ? row.lastCart.cart : null
      const delivery = row.doneMessages.includes(fact.id) ? 'done' : 'repeat'
      return { user: state(fact.u, row), sessionStarted: false, delivery, cart }
    }
    const at = Date.parse(fact.at)
    const sessionStarted = row.lastMessageAt === null || at - row.lastMessageAt > sessionGapMs
    row.lastMessageAt = Math.max(at, row.lastMessageAt ?? at)
    row.messagesInSession = sessionStarted ? 1 : row.messagesInSession + 1
    row.recentMessages = latestIds(row.recentMessages, fact.id)
    add(fact.u, 1, 0, 0)
    return { user: state(fact.u, row), sessionStarted, delivery: 'first', cart: null }
  }
  const applyCart = (fact: SentFact) => {
    const row = rowOf(fact.u, fact.at)
    const found = earlier(fact, repeatMs)
    if (found === undefined) {
      row.cartsCreated += 1
      insert(fact, row.cartsCreated)
      row.lastCart = { messageFactId: fact.messageFactId ?? '', cart: fact.cart ?? {}, number: row.cartsCreated }
      for (const id of fact.alsoAnswers ?? []) markDone(fact.u, id)
    }
    const cartNumber = found?.number ?? row.cartsCreated
    const { cartsCreated } = row
    return { cartNumber, revision: 0, cartsCreated, cartLimit: 5, inviterPaid: null, repeat: found !== undefined }
  }
  const apply = (fact: SentFact): object | null => {
    switch (fact.k) {
      case 'message':
        return applyMessage(fact)
      case 'cart':
        return applyCart(fact)
      case 'usage':
        add(fact.u, 0, fact.calls ?? 0, fact.tokens ?? 0)
        return null
      case 'done':
        markDone(fact.u, fact.messageFactId)
        return null
      case undefined:
        if (earlier(fact, fact.again === true ? repeatMs : 0) !== undefined) return { stored: false }
        insert(fact, 0)
        return null
      default:
        throw databaseFailure('22023')
    }
  }

  const applyBatch = (id: string, all: readonly SentFact[]): { outcomes: { o: number; outcome: object }[] | null } => {
    const report = all.map(fact => ({ batchId: id, id: fact.id, userId: fact.u, kind: fact.k ?? 'event' }))
    if (batches.has(id)) {
      onBatch?.(id, report, true)
      return { outcomes: null }
    }
    for (const fact of all) {
      const code = failureOf(fact.id, fact.u)
      if (code !== null) throw databaseFailure(code)
    }
    batches.add(id)
    const outcomes = all.flatMap(fact => {
      const outcome = apply(fact)
      return outcome === null ? [] : [{ o: fact.o, outcome }]
    })
    onBatch?.(id, report, false)
    return { outcomes }
  }

  return {
    /** Answers as `select record_facts(…) as outcomes` does. Throws as PostgreSQL fails. */
    record: (id: string, states: string, plain: string) => {
      const facts = (JSON.parse(states) as SentFact[]).sort((a, b) => a.u - b.u || a.o - b.o)
      return applyBatch(id, [...facts, ...(JSON.parse(plain) as SentFact[])])
    },
    /** Answers as `select record_events(…)` does: false when the batch or one of its events is there. Throws as PostgreSQL fails. */
    recordNew: (id: string, all: readonly SentFact[]): boolean => {
      const names = new Set(all.map(fact => `${fact.u}/${fact.id}/${fact.at}`))
      const isNew = !batches.has(id) && names.size === all.length && !all.some(fact => earlier(fact, 0) !== undefined)
      if (isNew) applyBatch(id, all)
      return isNew
    },
    hasBatch: (id: string) => batches.has(id),
    wasDone: (userId: number, messageFactId: string) =>
      users.get(userId)?.doneMessages.includes(messageFactId) ?? false,
    findUser: (userId: number) => {
      const row = users.get(userId)
      return row === undefined ? null : state(userId, row)
    },
    cartsOf: (userId: number) => users.get(userId)?.cartsCreated ?? 0,
    usageOf: (userId: number) => usage.get(userId) ?? { messages: 0, calls: 0, tokens: 0 },
  }
}

export type FactTables = ReturnType<typeof createFactTables>
