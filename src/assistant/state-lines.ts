import type { CartLine } from '../shop/cart.ts'
import type { LastCart, Restriction } from '../users/users.ts'
import { nameRestriction } from './restrictions/restriction.ts'

/** What the model knows of a user without asking; it differs from user to user and from message to message. */
export interface UserContext {
  /** Null when they cannot be read. */
  restrictions: readonly Restriction[] | null
  /** Of the last 24 hours. */
  lastCart: LastCart | null
  cartsLeft: number
  cartLimit: number
}

const longestName = 80

/** The end of the system message: restrictions, last cart, carts left. */
export const stateLines = ({ restrictions, lastCart, cartsLeft, cartLimit }: UserContext): string[] => [
  ...(restrictions === null || restrictions.length === 0 ? [] : [restrictionsLine(restrictions)]),
  ...(lastCart === null ? [] : cartLines(lastCart)),
  `Осталось корзин: ${cartsLeft} из ${cartLimit}${cartsLeft > 0 ? '' : ', исправить последнюю можно'}.`,
]

const restrictionsLine = (restrictions: readonly Restriction[]) =>
  `Ограничения человека: ${restrictions.map(nameRestriction).join('; ')}. Ничего из этого не предлагай и не клади в корзину.`

const cartLines = ({ cartNumber, lines, totalMinor }: LastCart) => [
  `Последняя корзина (№ ${cartNumber}${totalMinor === null ? '' : `, ${totalMinor / 100} ₽`}), xml_id × q название:`,
  ...lines.map(cartLine),
]

const cartLine = ({ product: { xmlId, unit, name }, q, sumMinor }: CartLine) =>
  `${xmlId} × ${q} ${unit} ${oneLine(name)}${sumMinor === null ? '' : ` – ${sumMinor / 100} ₽`}`

/** A name as the shop has it, which must not look like a line of the instructions. */
const oneLine = (name: string) => name.replace(/\s+/g, ' ').slice(0, longestName)
