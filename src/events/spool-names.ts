import { join } from 'node:path'
import type { FilesAtStart } from '../process/files.ts'
import { readSpoolFile } from './fact-codec.ts'
import { isQuarantined } from './quarantined.ts'

// the name says the order and how many facts were put inside: 000000000042-17-<batch id>.json
const pattern = /^(\d{12})-(\d+)-([0-9a-f-]{36})\.json$/

export const sequenceOf = (name: string): number => Number(pattern.exec(name)?.[1] ?? 0)
/** Facts in a file by its name; at least one, so that no file counts as nothing. */
export const countOf = (name: string): number => Math.max(1, Number(pattern.exec(name)?.[2] ?? 1))
export const idOf = (name: string): string => pattern.exec(name)?.[3] ?? ''

/**
 * What an earlier process left in the folder: the files to apply, oldest first, and the number of facts in each that can
 * never be. A `*.tmp` is what a kill interrupted: whole, it may be the only copy and joins the others; a part of one is
 * quarantined like any other JSON file that is not ours.
 */
export function takeOver(dir: string, files: FilesAtStart): { names: string[]; unusable: number[] } {
  const unusable: number[] = []
  const names = new Set(files.list(dir).filter(name => pattern.test(name)))
  for (const name of files.list(dir)) {
    if (!/\.(?:json|tmp)$/.test(name) || names.has(name)) continue
    const target = name.replace(/\.tmp$/, '')
    const text = textOf(files, join(dir, name))
    if (text === '' || (text !== null && (names.has(target) || isQuarantined(target)))) {
      files.remove(join(dir, name)) // nothing was written, or what it was to replace is still whole
    } else if (text !== null && pattern.test(target) && readSpoolFile(text, idOf(target)) !== null) {
      files.rename(join(dir, name), join(dir, target))
      names.add(target)
    } else {
      files.rename(join(dir, name), join(dir, `${name}.quarantined`))
      unusable.push(countOf(target))
    }
  }
  return { names: [...names].sort(), unusable }
}

/** Null for what is no readable file. */
function textOf(files: FilesAtStart, path: string): string | null {
  try {
    return files.read(path)
  } catch {
    return null
  }
}
