import { open, rename, rm } from 'node:fs/promises'

/**
 * Writes a file whole or not at all: into `<path>.tmp`, synced, then renamed. Durable once the directory is synced too.
 * Rejects when the disk refuses, and leaves nothing behind then.
 */
export async function writeDurably(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`
  try {
    const file = await open(temporary, 'w', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (err) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw err
  }
}

/** Makes renames in a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
