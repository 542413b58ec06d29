import { toGrams } from '../../shop/units.ts'
import { isAskedFor } from '../not-found.ts'
import { foldCase } from '../words.ts'
import type { Ingredient } from './recipe.ts'

/** Main goes into the cart, larder is at home and only named, extra is bought on wish. */
export type IngredientPart = 'main' | 'larder' | 'extra'

/** What every kitchen has, by the beginning of its name, with the grams above which it has too little. */
const larder: [name: RegExp, mostGrams: number][] = [
  [/^(?:\S+ )?соль(?: |$)/, Number.POSITIVE_INFINITY],
  [/^(?:\S+ )?сахар(?!н\S+ пудр)/, 300],
  [/^сахарн\S+ пудр/, 50],
  [/^(?:пшеничн\S+ )?мука(?: пшеничн\S+)?(?: в\/с| высш\S+ сорт\S*)?$/, 300],
  [/^(?:растительн\S+ |подсолнечн\S+ |оливков\S+ )?масло(?: (?:растительн|подсолнечн|оливков|для жарки)\S*)*$/, 150],
  [/^(?:\S+ )?уксус/, 100],
  [/^перец(?: \S+)* (?:молот|горош)|^(?:молот|душист)\S+ перец|^перец (?:черн|душист)|^черн\S+ перец/, 50],
  [
    /^(?:лавр|специи|приправ|паприк|куркум|зир[аы]|кумин|кардамон|гвоздик|мускатн|ванил|кориц|хмели|прованск|карри)/,
    50,
  ],
  [/^(?:сушен\S+|молот\S+) |(?: сушен\S+| молот(?:ый|ая|ое)(?: \S+)?)$/, 50],
  [/^(?:орегано|тимьян|чабрец|майоран|кориандр молот)/, 20],
  [/^(?:сода|разрыхлител|крахмал|желатин пищев|лимонн\S+ кислот)/, 60],
  [/^горчиц/, 50],
]
/** Bottles of which a dish takes a splash. */
const splash = /^(?:\S+ )?(?:вин[оа]|коньяк|ром|водк[аи]|херес|ликер|портвейн|бренди|вермут|марсала)(?: |$)/
const mostSplashGrams = 300

/** Which part an ingredient plays in the amount it is needed; what the user named themselves is always main. */
export function partOf({ name, quantity, unit, optional }: Ingredient, text: string): IngredientPart {
  if (isAskedFor(name, text)) return 'main'
  const folded = foldCase(name)
  const grams = toGrams(quantity, unit) ?? 0
  if (larder.some(([pattern, most]) => pattern.test(folded) && grams <= most)) return 'larder'
  return optional || (splash.test(folded) && grams <= mostSplashGrams) ? 'extra' : 'main'
}
