import { expect, test } from 'vitest'
import type { Result } from './results.ts'
import { renderTable } from './write-table.ts'

const result = (area: string, fault: string, times: number): Result => ({
  ...{ area, fault, times, saw: '9 answers', lost: 0, doubled: 0, recoveryS: 0.25, alert: null },
})

const linesOf = (table: string) => table.split('\n').slice(2)

test('a run of a part leaves the lines of the others, and replaces its own whatever the length of the fault', () => {
  const before = renderTable([result('Redis', 'down, 60 s', 1), result('Process', 'kill -9', 100)], '')

  const after = renderTable([result('Redis', 'down, 10 s', 2), result('PostgreSQL', 'read-only, 10 s', 1)], before)

  expect(linesOf(after)).toEqual([
    '| Process | kill -9 | 100 | 9 answers | 0 | 0 | 0.3 s | – |',
    '| PostgreSQL | read-only, 10 s | 1 | 9 answers | 0 | 0 | 0.3 s | – |',
    '| Redis | down, 10 s | 2 | 9 answers | 0 | 0 | 0.3 s | – |',
  ])
})
