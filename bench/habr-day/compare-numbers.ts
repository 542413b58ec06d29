import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type pg from 'pg'
import { z } from 'zod'
import { summaryNumbers } from '../../src/analytics/dictionary.ts'
import type { Summary } from '../../src/analytics/numbers.ts'
import type { FakeTelegram } from '../../src/sandbox/telegram/fake-telegram.ts'
import type { FakeLoki } from '../../src/telemetry/testing/fake-loki.ts'
import { evaluateLogql } from '../../src/telemetry/testing/loki-query.ts'
import { signals } from '../../test/smoke/signals.ts'

/** One number of the day in every place that has it; null where a place does not show it. */
export interface NumberRow {
  name: string
  /** What the virtual users and the fakes of the services know. */
  driver: number | null
  postgres: number
  report: number | null
  chat: number | null
  loki: number
  prometheus: number
  tolerance: number
}

export interface NumbersDeps {
  pool: pg.Pool
  /** The compiled commands. */
  cli: string
  databaseUrl: string
  folder: string
  telegram: FakeTelegram
  loki: FakeLoki
  env: string
  counters: () => Promise<(promql: string) => number>
  /** By the names of `signals`. */
  driver: ReadonlyMap<string, number>
}

/** The number of the report, and of the chat, that is the same as a signal. */
const sameInReport: Record<string, keyof Summary> = {
  'event bot_start': 'new_users',
  'event session_start': 'active_users',
  'event bot_error': 'errors',
  carts: 'carts',
  messages: 'messages',
  'billable tokens': 'tokens',
  'roubles of the model': 'cost_rub',
}
const adminId = 1

/** Reads every number of the day from the chats, PostgreSQL, the report, /admin_analytics, Loki and Prometheus' counters. */
export async function readNumbers(deps: NumbersDeps): Promise<NumberRow[]> {
  const summary = await readSummary(deps)
  const block = await askAnalytics(deps.telegram)
  const sum = await deps.counters()
  const lines = await deps.loki.lines(deps.env)
  const selector = (event: string) => `{service_name="vkusvill-bot", event="${event}"}`
  const now = BigInt(Date.now() + 60_000) * 1_000_000n
  const rows: NumberRow[] = []
  for (const { name, sql, logql, promql, tolerance = 0 } of signals) {
    const stored = await deps.pool.query<Record<string, string>>(sql, [0, Number.MAX_SAFE_INTEGER])
    const key = sameInReport[name]
    const reported = key === undefined ? null : Number(summary[key])
    const query = logql(selector).replaceAll('$window', `${24 * 3600}s`)
    rows.push({
      name,
      driver: deps.driver.get(name) ?? null,
      postgres: Number(Object.values(stored.rows[0] ?? {})[0] ?? 0),
      report: reported,
      chat: key === undefined || !shows(block, key, summary) ? null : reported,
      loki: evaluateLogql(query, lines, now).get('') ?? 0,
      prometheus: sum(promql),
      tolerance,
    })
  }
  return rows
}

/** Where chats, PostgreSQL, report and /admin_analytics differ, and where Loki or Prometheus have what PostgreSQL has not. */
export function findDifferences(rows: readonly NumberRow[]): string[] {
  return rows.flatMap(row => {
    const same = (value: number | null) => value === null || Math.abs(value - row.postgres) <= row.tolerance
    const isCall = callSignals.has(row.name)
    const atMost = (value: number) => isCall || value <= row.postgres + row.tolerance
    const exact = (['driver', 'report', 'chat'] as const).filter(
      place => !(same(row[place]) || (place === 'driver' && isCall && (row.driver ?? 0) > row.postgres)),
    )
    const bounded = (['loki', 'prometheus'] as const).filter(place => !atMost(row[place]))
    return [...exact, ...bounded].map(place => `${row.name}: ${place} ${row[place]}, postgres ${row.postgres}`)
  })
}

/** What a killed process had asked of a service and logged, and did not come to store with the answer. */
const callSignals = new Set([
  'cart links, of corrections too',
  'model calls',
  'billable tokens',
  'roubles of the model',
])

async function readSummary({ cli, databaseUrl, folder }: NumbersDeps): Promise<Summary> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [cli, 'report', 'summary', '--period', 'week', '--json'],
    { cwd: folder, env: { PATH: process.env.PATH, DATABASE_URL: databaseUrl } },
  )
  // written by a command of this repository, whose shape tests hold
  return z.looseObject({ carts: z.number() }).parse(JSON.parse(stdout)) as unknown as Summary
}

/** The administrator asks for the numbers of the week; resolves to the lines of the answer. */
async function askAnalytics({ act }: FakeTelegram): Promise<string[]> {
  const asked = act.send(adminId, { text: '/admin_analytics week' })
  for (let tries = 0; tries < 600; tries += 1) {
    const answer = act
      .messages(adminId)
      .find(({ message_id, text }) => message_id > asked && text?.includes('Аналитика'))
    if (answer?.text !== undefined) return answer.text.split('\n').map(spaced)
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error('/admin_analytics is not answered')
}

const spaced = (text: string) => text.replaceAll(/\s+/g, ' ').trim()

function shows(lines: readonly string[], key: keyof Summary, summary: Summary): boolean {
  const number = summaryNumbers.find(one => one.key === key)
  if (number === undefined) return false
  const wanted = spaced(`${number.label}: ${number.show(summary)}`)
  if (lines.some(line => line.startsWith(wanted))) return true
  const line = lines.find(one => one.startsWith(`${number.label}:`))
  throw new Error(`/admin_analytics shows «${line}», the report «${wanted}»`)
}
