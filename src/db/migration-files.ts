import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { projectFolder } from '../process/places.ts'

/** The folder of the migrations. */
export const migrationsDir = fileURLToPath(new URL('migrations', projectFolder))

interface MigrationFile {
  /** Such as `001_users.sql`. */
  file: string
  sql: string
}

/** The migrations in the order in which they run. */
export const readMigrations = (dir: string = migrationsDir): MigrationFile[] =>
  readdirSync(dir)
    .filter(file => /^\d{3}_.*\.sql$/.test(file))
    .sort()
    .map(file => ({ file, sql: readFileSync(join(dir, file), 'utf8') }))

/** Lines as `sha256sum` prints them. */
export const hashMigrations = (migrations: readonly MigrationFile[]): string[] =>
  migrations.map(({ file, sql }) => `${createHash('sha256').update(sql).digest('hex')}  ${file}`)

/** Where the hashes of released migrations are listed. */
export const releasedFile = join(migrationsDir, 'released.sha256')

/** Its lines without the comments. */
export const readReleased = (): string[] =>
  readFileSync(releasedFile, 'utf8')
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
