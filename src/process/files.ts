import fs, { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { open, readdir, readFile, rename, unlink } from 'node:fs/promises'
import { promisify } from 'node:util'

/** The file system, as far as what has to survive this process needs it. Paths are absolute; texts are UTF-8. */
export interface Files {
  /** Creates or empties the file and writes it. Its content is durable when it resolves, its name is not. */
  write(path: string, text: string): Promise<void>
  /** Appends to the file, or creates it; durable in the same way. */
  append(path: string, text: string): Promise<void>
  /** Opens a file to append to, or creates it; its name is not durable. */
  openAppend(path: string): Promise<AppendFile>
  read(path: string): Promise<string>
  list(dir: string): Promise<string[]>
  rename(from: string, to: string): Promise<void>
  /** Removes a file; none is no error. */
  remove(path: string): Promise<void>
  /** Makes the names in a directory durable: what was created, renamed and removed. */
  syncDirectory(dir: string): Promise<void>
  /** What a start does before anything else runs. */
  sync: FilesAtStart
}

/** A file that stays open. */
export interface AppendFile {
  /** Durable when it resolves. */
  append(text: string): Promise<void>
  /** Removes all that is in it; after a power cut it may be there again. */
  clear(): Promise<void>
  close(): Promise<void>
}

export interface FilesAtStart {
  /** Creates the folder and those above it; none is changed that is there. */
  makeFolder(dir: string): void
  list(dir: string): string[]
  read(path: string): string
  rename(from: string, to: string): void
  /** Removes a file, or a folder with all that is in it; none is no error. */
  remove(path: string): void
  /** Null when there is none. */
  describe(path: string): { isFile: boolean; modifiedAt: Date } | null
}

async function put(path: string, flags: 'w' | 'a', text: string): Promise<void> {
  const file = await open(path, flags, 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Of files that stay open: a FileHandle costs more with each use. */
const descriptors = {
  open: promisify(fs.open),
  write: promisify(fs.write),
  datasync: promisify(fs.fdatasync),
  truncate: promisify(fs.ftruncate),
  close: promisify(fs.close),
}

/** The file system of this machine. */
export const diskFiles: Files = {
  write: (path, text) => put(path, 'w', text),
  append: (path, text) => put(path, 'a', text),
  openAppend: async path => {
    const file = await descriptors.open(path, 'a', 0o600)
    return {
      append: async text => {
        const bytes = Buffer.from(text)
        for (let at = 0; at < bytes.length; ) at += (await descriptors.write(file, bytes, at)).bytesWritten
        await descriptors.datasync(file)
      },
      clear: () => descriptors.truncate(file),
      close: () => descriptors.close(file),
    }
  },
  read: path => readFile(path, 'utf8'),
  list: dir => readdir(dir),
  rename,
  remove: path =>
    unlink(path).catch((err: unknown) => {
      if (!(err instanceof Error && 'code' in err && err.code === 'ENOENT')) throw err
    }),
  syncDirectory: async dir => {
    const directory = await open(dir, 'r')
    try {
      await directory.sync()
    } finally {
      await directory.close()
    }
  },
  sync: {
    makeFolder: dir => void mkdirSync(dir, { recursive: true }),
    list: dir => readdirSync(dir),
    read: path => readFileSync(path, 'utf8'),
    rename: renameSync,
    remove: path => rmSync(path, { recursive: true, force: true }),
    describe: path => {
      const found = statSync(path, { throwIfNoEntry: false })
      return found === undefined ? null : { isFile: found.isFile(), modifiedAt: found.mtime }
    },
  },
}
