import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { type FakeLoki, type LokiFailure, startFakeLoki } from '../../src/telemetry/testing/fake-loki.ts'
import { createTestDatabase } from '../support/database.ts'
import type { BotProcess } from '../support/spawn-bot.ts'
import { startFixture, until } from './fixture.ts'
import { isLong } from './results.ts'
import { play } from './scenario.ts'

interface Plan {
  fault: string
  failure: LokiFailure | 'down'
  alert: string | null
  lastsMs?: number
  note?: string
  short?: true
}

const plans: Plan[] = [
  { fault: 'down', failure: 'down', alert: 'LogsWaiting', lastsMs: 600_000, short: true },
  { fault: '429 with Retry-After', failure: { status: 429, retryAfter: '1' }, alert: 'LogsWaiting' },
  { fault: '503', failure: { status: 503 }, alert: 'LogsWaiting' },
  { fault: 'takes pushes and does not answer', failure: 'hang', alert: 'LogsWaiting' },
  { fault: 'answers after 3 s', failure: { delayMs: 3_000 }, alert: null },
  {
    fault: 'a proxy in front of it answers 200 with a login page',
    failure: { status: 200, text: '<html><form action=/login></form></html>', contentType: 'text/html' },
    alert: 'LogsWaiting',
    short: true,
  },
  {
    fault: 'a proxy in front of it answers 400 with HTML',
    failure: { status: 400, text: '<html><h1>400 Bad Request</h1></html>', contentType: 'text/html' },
    alert: 'LogsWaiting',
  },
  {
    fault: 'rejects permanently (400)',
    failure: { status: 400, text: 'entry too far behind' },
    alert: 'LogsLost',
    note: 'rejected lines are dead-lettered on disk, counted and logged',
  },
]

for (const { fault, failure, alert, lastsMs = 30_000, note, short = false } of plans) {
  test.runIf(isLong || short)(
    `Loki: ${fault}`,
    async () => {
      const { url, sql } = await createTestDatabase()
      const loki = await startFakeLoki()
      const fixture = await startFixture({ DATABASE_URL: url, LOKI_URL: loki.url })

      try {
        await play({
          ...{ area: 'Loki', fault, fixture, sql, alert },
          ...(note === undefined ? {} : { note }),
          lastsMs: [2_500, lastsMs],
          begin: async () => {
            if (failure === 'down') await loki.kill()
            else loki.failure = failure
            return async () => {
              if (failure === 'down') await loki.start()
              loki.failure = 'none'
            }
          },
          finally: bot => everyLineOnce(bot, loki, fixture.dataDir),
        })
      } finally {
        await loki.kill()
      }
    },
    lastsMs + 900_000,
  )
}

test.runIf(isLong)(
  'Loki: 400 on single entries: the others of the same push arrive',
  async () => {
    const { url, sql } = await createTestDatabase()
    const loki = await startFakeLoki({ limits: { maxLineBytes: longestTakenBytes } })
    const fixture = await startFixture({ DATABASE_URL: url, LOKI_URL: loki.url })

    try {
      await play({
        ...{ area: 'Loki', fault: '400 on single entries', fixture, sql, alert: 'LogsLost' },
        note: 'each rejected line is dead-lettered on disk, counted and logged; its neighbours arrive',
        lastsMs: [3_000, 30_000],
        begin: async () => async () => undefined,
        finally: async bot => {
          await everyLineOnce(bot, loki, fixture.dataDir)
          const taken = (await loki.lines('test')).map(({ labels }) => labels.event)
          expect(taken).toContain('business_event')
          expect(taken).not.toContain('llm_usage')
          expect(deadLettered(fixture.dataDir)).not.toEqual([])
        },
      })
    } finally {
      await loki.kill()
    }
  },
  900_000,
)

/** Lines of model calls are longer than this, all others of an orderly day shorter. */
const longestTakenBytes = 270

/** Compares Loki and the dead-lettered lines with the bot's own output: each business event once. */
async function everyLineOnce(bot: BotProcess, loki: FakeLoki, dataDir: string): Promise<void> {
  const written = idsOf(bot.output().split('\n'))
  const arrived = async () => idsOf([...(await loki.lines('test')).map(({ line }) => line), ...deadLettered(dataDir)])
  await until('every line is in Loki or dead-lettered', async () => {
    const there = new Set(await arrived())
    return written.every(id => there.has(id))
  })
  const all = await arrived()
  expect(written.length).toBeGreaterThan(0)
  expect(all.length).toBe(new Set(all).size)
  // the thread that sends the lines reports its counts once a second
  await until(
    'as many counted as dead-lettered',
    async () => (await refusedLines(bot)) === deadLettered(dataDir).length,
  )
}

const refusedLines = async (bot: BotProcess): Promise<number> =>
  Number(/^bot_log_lines_lost_total\{[^}]*reason="rejected"[^}]*\} (\d+)$/m.exec(await bot.metrics())?.[1])

/** What names a business event in its log line. */
const idsOf = (lines: readonly string[]): string[] =>
  lines.flatMap(line => {
    const id = /"event_type":.*"event_id":"([0-9a-f-]{36})"/.exec(line)?.[1]
    return id === undefined ? [] : [id]
  })

const DeadLettered = z.object({ line: z.string() })

function deadLettered(dataDir: string): string[] {
  const file = join(dataDir, 'logs', 'rejected.ndjson')
  if (!existsSync(file)) return []
  const entries = readFileSync(file, 'utf8').trim().split('\n')
  return entries.map(entry => DeadLettered.parse(JSON.parse(entry)).line)
}
