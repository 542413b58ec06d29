import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import { createReaders } from '../../src/db/readers.ts'
import type { TestDatabase } from './database.ts'

/** A connection as Grafana has it: of a role of its own that sees the schema `analytics` alone. Closed when the test ends. */
export async function connectGrafanaReader({ url, sql }: Pick<TestDatabase, 'url' | 'sql'>): Promise<pg.Client> {
  const [role, password] = [`grafana_${randomUUID().slice(0, 8)}`, randomUUID()]
  await createReaders(url, [{ role, password }])
  const address = new URL(url)
  address.username = role
  address.password = password
  const reader = new pg.Client({ connectionString: address.href })
  await reader.connect()
  onTestFinished(async () => {
    await reader.end()
    await sql(`drop owned by ${role}`)
    await sql(`drop role ${role}`)
  })
  return reader
}
