import { randomInt } from 'node:crypto'

export interface BasketLine {
  xml_id: number
  q: number
}

const remembered = 1_000

/**
 * The baskets behind the links made so far, newest last, by their number. The last thousand are retained. A product named twice becomes
 * one line with a quantity of 1, as the shop does it.
 */
export function createBaskets() {
  const baskets = new Map<string, BasketLine[]>()
  // Nine or ten digits, growing, so that no number is given out twice.
  let last = randomInt(200_000_000, 4_000_000_000)

  return {
    baskets,
    add(lines: readonly BasketLine[]): string {
      last += randomInt(1, 1_000)
      const merged = new Map<number, BasketLine>()
      for (const { xml_id, q } of lines) merged.set(xml_id, { xml_id, q: merged.has(xml_id) ? 1 : q })
      baskets.set(String(last), [...merged.values()])
      const [oldest] = baskets.keys()
      if (baskets.size > remembered && oldest !== undefined) baskets.delete(oldest)
      return String(last)
    },
  }
}

export type Baskets = ReturnType<typeof createBaskets>
