import { randomBytes } from 'node:crypto'

/** A file the bot uploaded. */
export interface StoredFile {
  readonly id: string
  readonly uniqueId: string
  readonly path: string
  readonly name: string
  readonly contentType: string
  readonly bytes: Buffer
}

export interface FileStore {
  add(kind: 'photos' | 'documents', name: string, bytes: Buffer): StoredFile
  byId(fileId: string): StoredFile | undefined
  byPath(path: string): StoredFile | undefined
}

const contentTypes: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  csv: 'text/csv; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
  json: 'application/json',
  pdf: 'application/pdf',
}

/** Uploaded files in memory, at most `capacityBytes` of them: the oldest go first. */
export function createFileStore({ capacityBytes = 64 * 1024 * 1024 } = {}): FileStore {
  const byId = new Map<string, StoredFile>()
  const idByPath = new Map<string, string>()
  let size = 0
  const dropOldest = () => {
    for (const file of byId.values()) {
      if (size <= capacityBytes || byId.size === 1) return
      byId.delete(file.id)
      idByPath.delete(file.path)
      size -= file.bytes.length
    }
  }
  return {
    add: (kind, name, bytes) => {
      const id = `AgAC${randomBytes(24).toString('base64url')}`
      const extension = /\.(\w{1,8})$/.exec(name)?.[1]?.toLowerCase() ?? ''
      const contentType = contentTypes[extension] ?? 'application/octet-stream'
      const path = `${kind}/file_${id.slice(-12)}${extension && `.${extension}`}`
      const file = { id, uniqueId: id.slice(-15), path, name, contentType, bytes }
      byId.set(id, file)
      idByPath.set(path, id)
      size += bytes.length
      dropOldest()
      return file
    },
    byId: fileId => byId.get(fileId),
    byPath: path => byId.get(idByPath.get(path) ?? ''),
  }
}
