import type { ProductDetails } from '../../shop/shop.ts'
import type { Restriction } from '../../users/users.ts'
import { beginning, type FoodMatcher, statementsOf } from './food-words.ts'
import { notFood, wholeFoods } from './lexicon.ts'
import { type Rule, ruleOf } from './rules.ts'

export type FoodVerdict =
  | { verdict: 'ok' }
  /** `found` is the word that decided. */
  | { verdict: 'conflict'; restriction: Restriction; found: string }
  /** Nothing says whether it is allowed: no composition is stated, or no label of the diet. */
  | { verdict: 'unknown'; restriction: Restriction }

/** What a product's card states: `properties` by name. */
export type Card = Pick<ProductDetails, 'properties'>

const firstOf = <T>(matchers: readonly FoodMatcher[], find: (matcher: FoodMatcher) => T | null): T | null => {
  for (const matcher of matchers) {
    const found = find(matcher)
    if (found !== null) return found
  }
  return null
}

const whole = beginning(wholeFoods)
const inedible = beginning(notFood)
const mixtures =
  /^(?:(?:с|со|в|из|и|по|под)$|пюре|сок|соус|суп|салат|чипс|джем|варень|икра|смесь|ассорти|каша|печень|пирог|десерт|батончик|коктейль|паста)/
const adjective = /(?:ый|ий|ая|яя|ое|ее|ые|ие|ой)$/

/** A plain good is what its name says: apples need no composition. */
function isWholeFood(name: string): boolean {
  const words = statementsOf(name).flat()
  const [head = '', ...others] = words
  return whole.test(head) && !adjective.test(head) && !head.includes('-') && !others.some(word => mixtures.test(word))
}

const composition = /состав|ингредиент/i
const allergens = /аллерген/i
const valuesOf = (card: Card, name: RegExp) =>
  Object.entries(card.properties)
    .filter(([property]) => name.test(property))
    .map(([, value]) => value)

const isLabelled = ({ labels }: Rule, name: string) =>
  labels !== null &&
  statementsOf(name)
    .flat()
    .some(word => labels.test(word))

const ok: FoodVerdict = { verdict: 'ok' }
const holding = ({ forbidden }: Rule, name: string) => forbidden.filter(matcher => !matcher.isFree(name))

/** What the name alone decides; null when it does not. */
function checkName(rule: Rule, name: string): FoodVerdict | null {
  const { restriction, needsLabel } = rule
  const forbidden = holding(rule, name)
  if (isLabelled(rule, name) || forbidden.length + needsLabel.length === 0) return ok
  const found = firstOf(forbidden, matcher => matcher.find(name))
  if (found !== null) return { verdict: 'conflict', restriction, found }
  const needsCard = firstOf(needsLabel, matcher => matcher.find(name)) !== null
  return isWholeFood(name) && !needsCard ? ok : null
}

function checkCard(rule: Rule, name: string, card: Card | null): FoodVerdict {
  const { restriction, needsLabel } = rule
  const forbidden = holding(rule, name)
  const conflict = (found: string): FoodVerdict => ({ verdict: 'conflict', restriction, found })
  const compositions = card === null ? [] : valuesOf(card, composition)
  const stated = [...compositions, ...(card === null ? [] : valuesOf(card, allergens))]
  const withTraces = restriction.kind === 'allergy'
  const inside = firstOf(forbidden, matcher => firstOfTexts(stated, text => matcher.find(text, { withTraces })))
  if (inside !== null) return conflict(inside)
  const unlabelled = firstOf(needsLabel, matcher => firstOfTexts([name, ...stated], text => matcher.find(text)))
  if (unlabelled !== null) return { verdict: 'unknown', restriction }
  if (compositions.length > 0) return ok
  const likely = firstOf([...forbidden, ...needsLabel], matcher => matcher.findLikely(name))
  if (likely !== null) return conflict(likely)
  return restriction.kind === 'dislike' ? ok : { verdict: 'unknown', restriction }
}

function firstOfTexts(texts: readonly string[], find: (text: string) => string | null): string | null {
  for (const text of texts) {
    const found = find(text)
    if (found !== null) return found
  }
  return null
}

const isInedible = (name: string) => inedible.test(statementsOf(name)[0]?.[0] ?? '')

const worst = (verdicts: readonly FoodVerdict[]): FoodVerdict =>
  verdicts.find(({ verdict }) => verdict === 'conflict') ?? verdicts.find(({ verdict }) => verdict === 'unknown') ?? ok

/** Checks products against a user's restrictions: an allergy before a diet before a dislike. */
export function createProductCheck(restrictions: readonly Restriction[]) {
  const order = ['allergy', 'diet', 'dislike']
  const rules = restrictions
    .map(ruleOf)
    .filter(({ forbidden, needsLabel }) => forbidden.length + needsLabel.length > 0)
    .sort((a, b) => order.indexOf(a.restriction.kind) - order.indexOf(b.restriction.kind))

  return {
    /** True if nothing is forbidden. */
    isEmpty: rules.length === 0,
    /** The verdict on a product; `card` null when it was not read. */
    check: (name: string, card: Card | null): FoodVerdict =>
      isInedible(name) ? ok : worst(rules.map(rule => checkName(rule, name) ?? checkCard(rule, name, card))),
    /** The verdict when the name alone decides; null when the card is needed. */
    checkName(name: string): FoodVerdict | null {
      if (isInedible(name)) return ok
      const verdicts = rules.map(rule => checkName(rule, name))
      const conflict = verdicts.find(verdict => verdict?.verdict === 'conflict')
      return conflict ?? (verdicts.includes(null) ? null : ok)
    },
  }
}
export type ProductCheck = ReturnType<typeof createProductCheck>
