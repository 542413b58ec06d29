import pg from 'pg'
import { expect, test } from 'vitest'
import { databaseError } from '../../db/database-error.ts'
import { createTryAgain } from './try-again.ts'

const refused = (code: string) => {
  const err = new pg.DatabaseError('refused', 7, 'error')
  err.code = code
  return databaseError(err, 5_000)
}

/** Statements that take `tookMs` each and fail with the errors given, then pass. */
function setup(failures: readonly Error[], tookMs = 1) {
  const left = [...failures]
  let time = 0
  const sentAt: number[] = []
  const tryAgain = createTryAgain({
    sleep: async ms => {
      time += ms
    },
    elapsedMs: () => time,
  })
  const send = async () => {
    sentAt.push(time)
    time += tookMs
    const failure = left.shift()
    if (failure !== undefined) throw failure
    return 'stored'
  }
  return { ...tryAgain, send, sentAt }
}

test.each(['40P01', '40001', '53300', '55P03', '57014', '57P01', '57P03', '08006', 'XX000', '99999'])(
  'what PostgreSQL refuses with %s for a moment is sent again',
  async code => {
    const { run, send } = setup([refused(code), refused(code)])

    expect(await run(send)).toBe('stored')
  },
)

test('what is refused each time is given up before later updates stop waiting for it', async () => {
  const { run, send, sentAt } = setup(Array.from({ length: 100 }, () => refused('40P01')))

  await expect(run(send)).rejects.toThrow('40P01')

  expect(sentAt.length).toBeGreaterThan(3)
  expect(Math.max(...sentAt)).toBeLessThan(2_000)
})

test.each([
  ['took seconds', [refused('57014')], 5_000],
  ['can never be stored', [refused('22001')], 1],
  ['is a bug', [new TypeError('x')], 1],
])('what %s is sent once', async (_what, failures, tookMs) => {
  const { run, send, sentAt } = setup(failures, tookMs)

  await expect(run(send)).rejects.toThrow()

  expect(sentAt).toHaveLength(1)
})

test('while PostgreSQL answers nothing each statement is sent once, and repeated again when it does', async () => {
  const { run, send, note, sentAt } = setup([refused('57P03'), refused('57P03')])
  note(false)

  await expect(run(send)).rejects.toThrow()
  note(true)
  expect(await run(send)).toBe('stored')

  expect(sentAt).toHaveLength(3)
})
