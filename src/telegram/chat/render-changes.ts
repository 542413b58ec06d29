import { type CartChanges, isUnchanged } from '../../assistant/cart-changes.ts'
import { defuseLinks } from '../../assistant/links.ts'
import { type Html, html, joinHtml } from '../html.ts'
import { formatQuantity } from '../wording.ts'
import { texts } from './texts.ts'

/** «Изменилось: − Сыр Российский, + Масло сливочное, Молоко 1 → 2 л», or that nothing did. */
export function renderChanges(changes: CartChanges): Html {
  if (isUnchanged(changes)) return texts.unchanged
  const { removed, added, requantified } = changes
  const nameOf = shortNames([...removed, ...added, ...requantified.map(({ line }) => line)])
  const parts = [
    ...removed.map(line => html`− ${nameOf(line)}`),
    ...added.map(line => html`+ ${nameOf(line)}`),
    ...requantified.map(({ line, from }) => html`${nameOf(line)} ${formatStep(from, line.q, line.product.unit)}`),
  ]
  return texts.changed(joinHtml(parts, ', '))
}

type Line = CartChanges['added'][number]

/** The size of the pack at the end of a name; among commas it reads as a product of its own. */
const packSize = /, ?\d[\d,.]* ?(?:кг|г|мл|л|шт)\.?$/

/** Names without the size of the pack, where the products still differ by them. */
function shortNames(lines: readonly Line[]): (line: Line) => string {
  const short = (name: string) => name.replace(packSize, '')
  const names = lines.map(({ product }) => product.name)
  const isUnique = (name: string) => names.filter(other => short(other) === short(name)).length === 1
  return ({ product: { name } }) => defuseLinks(isUnique(name) ? short(name) : name)
}

/** «1 → 2 л»; «1 банка → 2 банки» where the word changes with the number. */
function formatStep(from: number, to: number, unit: string): string {
  const [before = '', ...unitBefore] = formatQuantity(from, unit).split('\u00A0')
  const after = formatQuantity(to, unit)
  const isSameUnit = unitBefore.join('\u00A0') === after.split('\u00A0').slice(1).join('\u00A0')
  return defuseLinks(`${isSameUnit ? before : formatQuantity(from, unit)} → ${after}`)
}
