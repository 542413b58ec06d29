import { isAmong, significantWords } from '../../shop/phrase.ts'
import type { ProductDetails } from '../../shop/shop.ts'
import type { Restriction } from '../../users/users.ts'
import { beginning, type Statements, statementsOf } from './food-words.ts'
import { forAnimals, notFood, wholeFoods } from './lexicon.ts'
import { isCheckable, type Rule, rulesOf } from './rules.ts'

export type FoodVerdict =
  | { verdict: 'ok' }
  /** `found` is the word that decided. */
  | { verdict: 'conflict'; restriction: Restriction; found: string }
  /** Nothing says whether it is allowed: no composition is stated, or no label of the diet. */
  | { verdict: 'unknown'; restriction: Restriction }

/** What a product's card states: `properties` by name. */
export type Card = Pick<ProductDetails, 'properties'>

function firstOf<A, T>(candidates: readonly A[], find: (candidate: A) => T | null): T | null {
  for (const candidate of candidates) {
    const found = find(candidate)
    if (found !== null) return found
  }
  return null
}

const whole = beginning(wholeFoods)
const inedible = beginning(notFood)
const petFood = beginning(forAnimals)
const mixtures =
  /^(?:(?:с|со|в|из|и|по|под)$|пюре|сок|соус|суп|салат|чипс|джем|варень|икра|смесь|ассорти|каша|печень|пирог|десерт|батончик|коктейль|паста)/
const adjective = /(?:ый|ий|ая|яя|ое|ее|ые|ие|ой)$/

/** A plain good is what its name says: apples need no composition. */
function isWholeFood(name: Statements): boolean {
  const words = name.flat()
  const [head = '', ...others] = words
  return whole.test(head) && !adjective.test(head) && !head.includes('-') && !others.some(word => mixtures.test(word))
}

const composition = /состав|ингредиент/i
const allergens = /аллерген/i
/** What the card states of the product's contents. */
interface ReadCard {
  compositions: Statements[]
  allergens: Statements[]
}

const readCard = ({ properties }: Card): ReadCard => {
  const valuesOf = (name: RegExp) =>
    Object.entries(properties)
      .filter(([property]) => name.test(property))
      .map(([, value]) => statementsOf(value))
  return { compositions: valuesOf(composition), allergens: valuesOf(allergens) }
}

const isLabelled = ({ labels }: Rule, name: Statements) =>
  labels !== null && name.flat().some(word => labels.test(word))

const ok: FoodVerdict = { verdict: 'ok' }
const holding = ({ forbidden }: Rule, name: Statements) => forbidden.filter(matcher => !matcher.isFree(name))

/** What the name alone decides; null when it does not. */
function checkName(rule: Rule, name: Statements): FoodVerdict | null {
  const { restriction, needsLabel } = rule
  const forbidden = holding(rule, name)
  if (isLabelled(rule, name) || forbidden.length + needsLabel.length === 0) return ok
  const found = firstOf(forbidden, matcher => matcher.find(name))
  if (found !== null) return { verdict: 'conflict', restriction, found }
  const needsCard = firstOf(needsLabel, matcher => matcher.find(name)) !== null
  return isWholeFood(name) && !needsCard ? ok : null
}

function checkCard(rule: Rule, name: Statements, card: ReadCard | null): FoodVerdict {
  const { restriction, needsLabel, needsCard } = rule
  const forbidden = holding(rule, name)
  const conflict = (found: string): FoodVerdict => ({ verdict: 'conflict', restriction, found })
  const stated = card === null ? [] : [...card.compositions, ...card.allergens]
  const withTraces = restriction.kind === 'allergy'
  const inside = firstOf(forbidden, matcher => firstOf(stated, text => matcher.find(text, { withTraces })))
  if (inside !== null) return conflict(inside)
  const unlabelled = firstOf(needsLabel, matcher => firstOf([name, ...stated], text => matcher.find(text)))
  if (unlabelled !== null) return { verdict: 'unknown', restriction }
  if (card !== null && card.compositions.length > 0) return ok
  const likely = firstOf(forbidden, matcher => matcher.findLikely(name))
  if (likely !== null) return conflict(likely)
  return needsCard ? { verdict: 'unknown', restriction } : ok
}

function isInedible(name: Statements): boolean {
  const words = name.flat()
  const pairs = words.map((word, i) => `${word}_${words[i + 1] ?? ''}`)
  return [words[0] ?? '', pairs[0] ?? ''].some(word => inedible.test(word)) || pairs.some(pair => petFood.test(pair))
}

const namesAny = ({ forbidden }: Rule, word: string) =>
  firstOf(forbidden, matcher => matcher.find([[word]]) ?? matcher.findLikely([[word]])) !== null

const worst = (verdicts: readonly FoodVerdict[]): FoodVerdict =>
  verdicts.find(({ verdict }) => verdict === 'conflict') ?? verdicts.find(({ verdict }) => verdict === 'unknown') ?? ok

/**
 * Checks products against a user's restrictions: an allergy before a diet before a dislike. What is disliked and yet among the
 * `wished` words is allowed.
 */
export function createProductCheck(restrictions: readonly Restriction[], wished: readonly string[] = []) {
  const order = ['allergy', 'diet', 'dislike']
  const rules = restrictions
    .flatMap(rulesOf)
    .sort((a, b) => order.indexOf(a.restriction.kind) - order.indexOf(b.restriction.kind))

  const wishedOf = new Map(
    rules
      .filter(({ restriction }) => restriction.kind === 'dislike')
      .map(rule => [rule, wished.filter(word => namesAny(rule, word))]),
  )
  const isWished = (rule: Rule, productName: string) =>
    (wishedOf.get(rule) ?? []).some(
      word => isAmong(word, significantWords(productName)) || isAmong(word, significantWords(rule.restriction.value)),
    )
  const rulesFor = (productName: string) => rules.filter(rule => !isWished(rule, productName))

  return {
    /** True if nothing is forbidden. */
    isEmpty: rules.length === 0,
    /** Restrictions that no product can be checked against, or not in full. */
    unjudged: restrictions.filter(restriction => !isCheckable(restriction)),
    /** The verdict on a product; `card` null when it was not read. */
    check(productName: string, card: Card | null): FoodVerdict {
      const name = statementsOf(productName)
      if (isInedible(name)) return ok
      const stated = card === null ? null : readCard(card)
      return worst(rulesFor(productName).map(rule => checkName(rule, name) ?? checkCard(rule, name, stated)))
    },
    /** The verdict when the name alone decides; null when the card is needed. */
    checkName(productName: string): FoodVerdict | null {
      const name = statementsOf(productName)
      if (isInedible(name)) return ok
      const verdicts = rulesFor(productName).map(rule => checkName(rule, name))
      const conflict = verdicts.find(verdict => verdict?.verdict === 'conflict')
      return conflict ?? (verdicts.includes(null) ? null : ok)
    },
  }
}
export type ProductCheck = ReturnType<typeof createProductCheck>
