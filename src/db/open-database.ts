import { lockDataDir } from '../process/directory-lock.ts'
import { openEmbeddedPostgres } from './embedded-postgres.ts'

export interface OpenDatabase {
  url: string
  /** Whether it is the one below DATA_DIR. */
  embedded: boolean
  close(): Promise<void>
}

interface DatabaseConfig {
  db: { url: string | undefined }
  dataDir: string
}

/** The bot's database: DATABASE_URL, or the embedded one, which lives as long as the bot (DATA_DIR is locked already). */
export async function openBotDatabase({ db, dataDir }: DatabaseConfig, stopping?: AbortSignal): Promise<OpenDatabase> {
  if (db.url !== undefined) return { url: db.url, embedded: false, close: async () => undefined }
  const server = await openEmbeddedPostgres(dataDir, { stopping })
  return { url: server.url, embedded: true, close: server.stop }
}

export interface CommandDatabaseOptions {
  /** Whether an embedded database is made where there is none; otherwise that is an error. */
  create?: boolean
  stopping?: AbortSignal | undefined
}

/**
 * The same database for a command: a running bot's embedded server is used and left running; one that had to be started
 * is stopped again, and no bot may start during this. Rejects within 5 s when a server is there that does not answer.
 */
export async function openCommandDatabase(
  { db, dataDir }: DatabaseConfig,
  { create = false, stopping }: CommandDatabaseOptions = {},
): Promise<OpenDatabase> {
  if (db.url !== undefined) return { url: db.url, embedded: false, close: async () => undefined }
  let release: (() => void) | undefined
  try {
    const server = await openEmbeddedPostgres(dataDir, {
      create,
      stopping,
      answerTimeoutMs: 3_000,
      claim: () => {
        release = lockDataDir(dataDir)
      },
    })
    return {
      url: server.url,
      embedded: true,
      close: async () => {
        if (server.started) await server.stop()
        release?.()
      },
    }
  } catch (err) {
    release?.()
    throw err
  }
}
