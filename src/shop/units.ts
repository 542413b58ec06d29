/** Units in which any fraction can be bought; all others («шт», «уп», «пач», …) count whole pieces or packs. */
const fractional = new Set(['кг', 'л'])

/** Whether `q` of this unit may be a fraction: loose goods by the kilogram or litre. */
export const isFractional = (unit: string): boolean => fractional.has(unit)

/** How many pieces a pack holds by its name («Яйцо куриное С0, 10 шт»), or null. */
export function piecesInPack(name: string): number | null {
  const pieces = Number(/(?<!\d)(\d{1,3})\s*шт(?!\p{L})/iu.exec(name)?.[1] ?? 0)
  return pieces > 1 ? pieces : null
}

/** What a box of eggs holds when its name does not say. */
const usualEggs = 10

/** How many eggs a product holds; null when it is not a box of eggs (a salad with egg, a chocolate egg). */
export function eggsInPack(name: string): number | null {
  const pieces = piecesInPack(name)
  if (/^яй(?:ц|ко)/i.test(name)) return /шоколад|киндер/i.test(name) ? null : (pieces ?? usualEggs)
  return pieces !== null && /(?<!\p{L})(?:яйц[оа]|яиц)(?!\p{L})/iu.test(name) ? pieces : null
}
