import { diskFiles, type Files } from '../process/files.ts'

/**
 * Writes a file whole or not at all: into `<path>.tmp`, synced, then renamed. Durable once the directory is synced too.
 * Rejects when the disk refuses, and leaves nothing behind then.
 */
export async function writeDurably(path: string, text: string, files: Files = diskFiles): Promise<void> {
  const temporary = `${path}.tmp`
  try {
    await files.write(temporary, text)
    await files.rename(temporary, path)
  } catch (err) {
    await files.remove(temporary).catch(() => undefined)
    throw err
  }
}
