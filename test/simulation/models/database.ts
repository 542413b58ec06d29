import type pg from 'pg'
import type { ArrayParameter } from '../../../src/db/array-parameter.ts'
import { databaseError } from '../../../src/db/database-error.ts'
import type { Db } from '../../../src/db/db.ts'
import type { QueryName } from '../../../src/db/query-names.ts'
import type { HandedUpdate } from '../../../src/telegram/updates/inbox-store.ts'
import type { Link, SimulatedProcess } from '../machine.ts'
import type { FactTables } from './fact-tables.ts'
import type { InboxTables } from './inbox-tables.ts'

/** As createDb(). */
const timeoutMs = 5_000

export interface Tables {
  facts: FactTables
  inbox: InboxTables
}

type Row = pg.QueryResultRow
type Values = readonly unknown[]

const text = (value: unknown): string => String(value)
const itemsOf = <T>(value: unknown): T[] => (value as ArrayParameter<T>).items as T[]
const nothing: Row[] = []
const rowOf = ({ userId, updateId, body, waitedMs, shownMessage }: HandedUpdate): Row => ({
  ...{ user_id: userId, update_id: updateId, body, waited_ms: waitedMs, shown_message: shownMessage },
})

/** What each function or statement answers, by the word of its SQL that names it. */
const statements: Readonly<Record<string, (tables: Tables, values: Values) => Row[]>> = {
  record_facts: ({ facts }, [id, states, events]) => [facts.record(text(id), text(states), text(events))],
  record_events: ({ facts }, [id, ids, users, types, , times]) => {
    const events = itemsOf<string>(ids).map((event, o) => ({
      ...{ o, id: event, u: Number(itemsOf<number>(users)[o]), t: text(itemsOf<string>(types)[o]) },
      at: (itemsOf<Date>(times)[o] ?? new Date(Number.NaN)).toISOString(),
    }))
    return [{ is_stored: facts.recordNew(text(id), events) }]
  },
  applied_batches: ({ facts }, [id]) => (facts.hasBatch(text(id)) ? [{}] : nothing),
  done_messages: ({ facts }, [userId, id]) => (facts.wasDone(Number(userId), text(id)) ? [{}] : nothing),
  user_state: ({ facts }, [userId]) => {
    const state = facts.findUser(Number(userId))
    return state === null ? nothing : [{ state }]
  },
  inbox_exchange: ({ inbox }, [worker, doneUsers, doneUpdates, users, updates, bodies, takes, fence, inOrder]) => {
    inbox.done(doneUsers as number[], doneUpdates as number[])
    const puts = (users as number[]).map((userId, i) => ({
      userId,
      updateId: Number((updates as number[])[i]),
      body: (bodies as Buffer[])[i] ?? Buffer.alloc(0),
      takes: (takes as boolean[])[i] === true,
    }))
    const hands = !inbox.isGivenUp(text(worker), Number(fence))
    return inbox.put(text(worker), puts, { hands, inOrder: inOrder === true }).map(rowOf)
  },
  inbox_take: ({ inbox }, [worker, leaseMs, users, fence]) =>
    inbox.take(text(worker), Number(leaseMs), Number(users), Number(fence)).map(rowOf),
  inbox_release: ({ inbox }, [worker, users]) => {
    inbox.release(text(worker), users as number[])
    return nothing
  },
  inbox_show: ({ inbox }, [worker, userId, updateId, messageId]) => [
    { is_stored: inbox.show(text(worker), Number(userId), Number(updateId), Number(messageId)) },
  ],
  inbox_show_waiting: ({ inbox }, [worker, shown]) =>
    inbox
      .showWaiting(text(worker), shown as number[])
      .map(({ userId, updateId, ahead, isShownHere, body, shownMessage }) => ({
        ...{
          user_id: userId,
          update_id: updateId,
          ahead,
          is_shown_here: isShownHere,
          body,
          shown_message: shownMessage,
        },
      })),
  inbox_leave: ({ inbox }, [worker]) => {
    inbox.leave(text(worker))
    return nothing
  },
  inbox_state: ({ inbox }, [worker]) => [{ ...inbox.state(text(worker)) }],
}
const nameIn = new RegExp(`\\b(${Object.keys(statements).join('|')})\\b`)

/** PostgreSQL as a process reaches it: the functions of the model behind a network that fails. Rejects as createDb() does. */
export function connectDatabase(
  machine: SimulatedProcess,
  link: Omit<Link, 'timeoutMs' | 'timedOut'>,
  tables: Tables,
): Db {
  const line: Link = {
    ...link,
    timeoutMs: timeoutMs + 250,
    timedOut: () => databaseError(new Error('Query read timeout'), timeoutMs),
  }
  return {
    query: async <R extends Row>(_name: QueryName, sql: string, values: Values = []): Promise<R[]> => {
      const name = nameIn.exec(sql)?.[1] ?? ''
      const run = statements[name]
      if (run === undefined) throw new TypeError(`the model of PostgreSQL does not know: ${sql}`)
      return (await machine.call(name, line, () => {
        try {
          return run(tables, values)
        } catch (err) {
          throw databaseError(err, timeoutMs)
        }
      })) as R[]
    },
    close: () => Promise.resolve(),
  }
}
