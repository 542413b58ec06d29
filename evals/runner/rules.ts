import { z } from 'zod'
import { parseJson } from '../../src/shop/json.ts'
import { type Expectation, expressionOf, type Range, type RuleName } from './conversation.ts'
import type { PlayedStep, StepOutcome } from './play.ts'
import { callsIn, type ModelTurn } from './watched-model.ts'

/** Whether one rule held in one place. */
export interface Verdict {
  rule: RuleName
  /** What exactly: with the step, it is the same from run to run. */
  check: string
  /** What was there instead; null when the rule held. */
  found: string | null
  /** Why it does not hold, where that is known. */
  gap?: string | undefined
}

type Check = Omit<Verdict, 'rule' | 'gap'>
type Rules = { [R in keyof Expectation]-?: (expected: NonNullable<Expectation[R]>, outcome: StepOutcome) => Check[] }

const holds = (check: string, isHeld: boolean, found: string): Check => ({ check, found: isHeld ? null : found })
const linesOf = ({ cart }: StepOutcome) => cart?.lines ?? []
const namesOf = (outcome: StepOutcome) => linesOf(outcome).map(({ product }) => product.name)
const fits = (pattern: string, text: string) => expressionOf(pattern).test(text)
const within = ({ min, max }: Range, value: number) => value >= min && value <= max
const shown = ({ min, max }: Range) => (min === max ? String(min) : `${min}..${max}`)
const noCart = 'no cart'
const lineList = (outcome: StepOutcome) => namesOf(outcome).join('; ') || noCart

const callTexts = (outcome: StepOutcome) =>
  callsIn(outcome.turns).map(call => `${call.name} ${JSON.stringify(call.arguments)}`)
const isCall = (text: string, { tool, pattern }: { tool: string; pattern: string }) =>
  text.startsWith(`${tool} `) && fits(pattern, text.slice(tool.length + 1))

/** What the model could read in any turn of the step. */
const contentsOf = (turns: readonly ModelTurn[]) =>
  turns.flatMap(({ request }) => request.messages.map(m => m.content ?? ''))
const systemOf = (turns: readonly ModelTurn[]) =>
  turns
    .filter(({ request }) => request.functionName === undefined)
    .flatMap(({ request }) => request.messages.flatMap(m => (m.role === 'system' ? [m.content] : [])))

const rules: Rules = {
  calls: (expected, outcome) =>
    expected.map(call =>
      holds(
        `calls ${call.tool} ${call.pattern}`.trim(),
        callTexts(outcome).some(text => isCall(text, call)),
        callTexts(outcome).join(' | '),
      ),
    ),
  never_calls: (expected, outcome) =>
    expected.map(call => {
      const made = callTexts(outcome).filter(text => isCall(text, call))
      return holds(`does not call ${call.tool} ${call.pattern}`.trim(), made.length === 0, made.join(' | '))
    }),
  cart: (expected, outcome) => [
    holds(
      `cart ${expected}`,
      (outcome.cart !== null) === (expected === 'made'),
      outcome.cart === null ? outcome.text : lineList(outcome),
    ),
  ],
  has: (expected, outcome) =>
    expected.map(pattern =>
      holds(
        `has ${pattern}`,
        namesOf(outcome).some(name => fits(pattern, name)),
        lineList(outcome),
      ),
    ),
  lacks: (expected, outcome) =>
    expected.map(pattern =>
      holds(`lacks ${pattern}`, !namesOf(outcome).some(name => fits(pattern, name)), lineList(outcome)),
    ),
  only: (expected, outcome) => {
    const others = namesOf(outcome).filter(name => !expected.some(pattern => fits(pattern, name)))
    return [holds(`only ${expected.join(', ')}`, others.length === 0, others.join('; '))]
  },
  lines: (expected, outcome) => [
    holds(
      `${shown(expected)} lines`,
      within(expected, linesOf(outcome).length),
      `${linesOf(outcome).length}: ${lineList(outcome)}`,
    ),
  ],
  quantities: (expected, outcome) =>
    Object.entries(expected).map(([pattern, range]) => {
      const lines = linesOf(outcome).filter(({ product }) => fits(pattern, product.name))
      const found = lines.map(({ product, q }) => `${product.name} × ${q} ${product.unit}`).join('; ')
      const total = lines.reduce((sum, { q }) => sum + q, 0)
      return holds(`${pattern} × ${shown(range)}`, lines.length > 0 && within(range, total), found || lineList(outcome))
    }),
  budget: (expected, outcome) => [
    holds(
      `costs at most ${expected}`,
      outcome.cart === null || (outcome.cart.totalMinor ?? Number.POSITIVE_INFINITY) <= expected * 100,
      String((outcome.cart?.totalMinor ?? Number.NaN) / 100),
    ),
  ],
  says: (expected, { text }) => expected.map(pattern => holds(`says ${pattern}`, fits(pattern, text), text)),
  never_says: (expected, { text }) =>
    expected.map(pattern => holds(`never says ${pattern}`, !fits(pattern, text), text)),
  refuses: (expected, outcome) => [
    holds(`refuses: ${expected}`, fits(expected, outcome.text) && outcome.cart === null, outcome.text),
  ],
  language: (expected, { turns, text }) => {
    // the model's own words: names and the list are the shop's, in Russian
    const words = callsIn(turns).flatMap(call => closingWords(call.arguments))
    const own = turns.at(-1)?.answer.message.content || words.at(-1) || text
    const [latin, cyrillic] = [/[a-z]/gi, /[а-яё]/gi].map(letters => (own.match(letters) ?? []).length)
    return [holds(`language ${expected}`, (latin ?? 0) > (cyrillic ?? 0) === (expected === 'en'), own)]
  },
  restrictions: (expected, outcome) => [
    holds(
      `stored ${expected.join(', ') || 'nothing'}`,
      JSON.stringify([...expected].sort()) === JSON.stringify([...outcome.restrictions].sort()),
      outcome.restrictions.join(', ') || 'nothing',
    ),
  ],
  carts: (expected, { cartsCreated }) => [
    holds(`carts used ${expected}`, cartsCreated === expected, String(cartsCreated)),
  ],
  revision: (expected, { revision }) => [holds(`revision ${expected}`, revision === expected, String(revision))],
  turns: (expected, { turns }) => {
    const taken = turns.filter(({ request }) => request.functionName === undefined).length
    return [holds(`at most ${expected} turns`, taken <= expected, String(taken))]
  },
  prompt_has: (expected, { turns }) =>
    expected.map(pattern =>
      holds(
        `the model was given ${pattern}`,
        systemOf(turns).every(text => fits(pattern, text)),
        'not in the system message',
      ),
    ),
  hidden: (expected, { turns }) =>
    expected.map(pattern => {
      const seen = contentsOf(turns).filter(text => fits(pattern, text))
      return holds(`the model does not see ${pattern}`, seen.length === 0, seen[0]?.slice(0, 200) ?? '')
    }),
}

const closingWords = (args: Record<string, unknown>): string[] =>
  Object.entries(args).flatMap(([name, value]) => (/words|text|message|comment/.test(name) ? [String(value)] : []))

/** No user may ever read these, whatever the conversation. */
const forbiddenTexts = [
  'xml_id',
  'vkusvill_\\w',
  'recipe_ingredients',
  'undefined',
  'NaN',
  'гарантирую,? что .*без',
  'https?://',
]
const apology = 'код для (связи|поддержки)|временные неполадки'

function checkAlways({ outcome }: PlayedStep): Verdict[] {
  const { text, isFaulty, cart } = outcome
  return [
    { rule: 'answered', ...holds('answers', text.trim() !== '', 'nothing') },
    ...(isFaulty ? [] : [{ rule: 'answered' as const, ...holds('does not fail', !fits(apology, text), text) }]),
    ...rules.never_says(forbiddenTexts, outcome).map(check => ({ rule: 'never_says' as const, ...check })),
    ...(cart === null ? [] : checkPrices(outcome).map(check => ({ rule: 'prices' as const, ...check }))),
  ]
}

/** One price: what the model read is what the cart counts, and what the user is shown is its sum. */
function checkPrices(outcome: StepOutcome): Check[] {
  const { cart, text, turns } = outcome
  const read = pricesRead(turns)
  const differing = linesOf(outcome).filter(({ product, priceMinor }) => {
    const known = read.get(product.xmlId)
    return known !== undefined && priceMinor !== null && !known.has(priceMinor)
  })
  const sum = linesOf(outcome).reduce((total, { sumMinor }) => total + (sumMinor ?? Number.NaN), 0)
  // of two carts in one step the last
  const shownTotal = [...text.matchAll(/Итого\D{0,4}([\d\s\u00A0\u202F]+(?:,\d\d)?)\s*₽/gu)].at(-1)?.[1]
  const shownRub =
    shownTotal === undefined ? Number.NaN : Number(shownTotal.replaceAll(/[\s\u00A0\u202F]/g, '').replace(',', '.'))
  return [
    holds(
      'the cart counts the price that the model read',
      differing.length === 0,
      differing.map(({ product, priceMinor }) => `${product.name}: ${(priceMinor ?? 0) / 100}`).join('; '),
    ),
    ...(cart?.totalMinor == null
      ? []
      : [
          holds(
            'the total is the sum of the lines',
            sum === cart.totalMinor,
            `${sum / 100} and ${cart.totalMinor / 100}`,
          ),
          holds(
            'the user is shown the total',
            Math.abs(shownRub - cart.totalMinor / 100) < 1,
            `${shownRub} for ${cart.totalMinor / 100}`,
          ),
        ]),
  ]
}

const Priced = z.object({ xml_id: z.number(), price: z.number(), discount_price: z.number().optional() })

/** Kopecks by product, in every result that the model read. */
function pricesRead(turns: readonly ModelTurn[]): Map<number, Set<number>> {
  const prices = new Map<number, Set<number>>()
  const collect = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    const priced = Priced.safeParse(value)
    if (priced.success) {
      const { xml_id, price, discount_price = price } = priced.data
      const known = prices.get(xml_id) ?? new Set()
      prices.set(xml_id, known.add(Math.round(price * 100)).add(Math.round(discount_price * 100)))
    }
    for (const inner of Object.values(value)) collect(inner)
  }
  const results = turns.flatMap(({ request }) => request.messages.filter(({ role }) => role === 'function'))
  for (const { content } of results) collect(parseJson(content ?? ''))
  return prices
}

/** The verdicts of one step: what it expects, and what always holds. */
export function judge(played: PlayedStep): Verdict[] {
  const { step, number, outcome } = played
  const expected = Object.entries(step.expect ?? {}).flatMap(([rule, value]) =>
    (rules[rule as keyof Expectation] as (value: unknown, outcome: StepOutcome) => Check[])(value, outcome).map(
      check => ({
        rule: rule as RuleName,
        ...check,
      }),
    ),
  )
  return [...expected, ...checkAlways(played)].map(verdict => ({
    ...verdict,
    check: `step ${number} ${verdict.check}`,
    gap: step.known_gap?.[verdict.rule],
  }))
}
