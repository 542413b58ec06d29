import type { ErrorRow } from '../numbers.ts'
import type { Life, LifeEvent } from './life.ts'

/** Expected failures of a period by kind, and the users whom they met; `within` says whether an event is in the period. */
export function createExpectedErrors(within: (event: LifeEvent) => boolean) {
  const kinds = new Map<string, { row: ErrorRow; users: Set<number> }>()
  const everyone = new Set<number>()
  return {
    add: (life: Life): void => {
      for (const { at, metadata } of life.events.filter(event => event.type === 'bot_error' && within(event))) {
        const error_type = String(metadata.error_type) as ErrorRow['error_type']
        const [, upstream = 'bot'] = /^(\w+): /.exec(String(metadata.error_message)) ?? []
        const key = `${error_type} ${upstream}`
        const moment = new Date(at)
        const kind = kinds.get(key) ?? {
          row: { error_type, upstream, errors: 0, users: 0, first_at: moment, last_at: moment },
          users: new Set(),
        }
        kinds.set(key, kind)
        kind.users.add(life.userId)
        everyone.add(life.userId)
        kind.row.errors++
        if (kind.row.first_at !== null && moment < kind.row.first_at) kind.row.first_at = moment
        if (kind.row.last_at !== null && moment > kind.row.last_at) kind.row.last_at = moment
      }
    },
    result: (): { users: number; kinds: ErrorRow[] } => ({
      users: everyone.size,
      kinds: [...kinds.values()]
        .map(({ row, users }) => ({ ...row, users: users.size }))
        .sort((a, b) => b.errors - a.errors || compare(a.error_type, b.error_type) || compare(a.upstream, b.upstream)),
    }),
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
