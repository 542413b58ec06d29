import { meaningfulStems } from './words.ts'

/** What was asked for and not found; a later search that finds something by one of the same words takes it back. */
export function createNotFound() {
  const names = new Map<string, string[]>()
  return {
    missed: (name: string) => void names.set(name, meaningfulStems(name)),
    found(query: string) {
      const found = new Set(meaningfulStems(query))
      for (const [name, stems] of names) if (name === query || stems.some(stem => found.has(stem))) names.delete(name)
    },
    list: (): string[] => [...names.keys()],
  }
}

export type NotFound = ReturnType<typeof createNotFound>
