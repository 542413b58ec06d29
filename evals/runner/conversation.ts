import { z } from 'zod'
import { toolNames } from '../../src/assistant/tools/tool.ts'
import { FaultRequest } from '../../src/sandbox/faults.ts'

/** A regular expression as its text; letter case and «ё» make no difference. */
const Pattern = z.string('must be a pattern').min(1, 'must not be empty').refine(isPattern, 'is no regular expression')
const patterns = z.array(Pattern).min(1, 'must name at least one pattern')
const count = z.int('must be a whole number').nonnegative('must not be negative')
/** «3» or «2..5». */
const Range = z
  .union([z.number(), z.string()], 'must be a number or a range such as 2..5')
  .transform(String)
  .pipe(z.string().regex(/^\d+(\.\d+)?(\.\.\d+(\.\d+)?)?$/, 'must be a number or a range such as 2..5'))
  .transform(text => {
    const [min = '', max = min] = text.split('..')
    return { min: Number(min), max: Number(max) }
  })
export type Range = z.infer<typeof Range>

/** «tool», or «tool pattern» with what its arguments hold, as JSON. */
const Call = z.string('must be a tool, or a tool and a pattern for its arguments').transform((text, ctx) => {
  const [, name = '', pattern = ''] = /^(\S+)\s*(.*)$/.exec(text) ?? []
  const tool = toolNames.find(known => known === name)
  if (tool === undefined) ctx.addIssue(`names no tool: ${name}; there are ${toolNames.join(', ')}`)
  if (!isPattern(pattern)) ctx.addIssue('is no regular expression')
  return { tool: tool ?? toolNames[0], pattern }
})

/** What must hold after a step. Each key is a rule of the printed table. */
export const Expectation = z.strictObject({
  calls: z.array(Call).optional(),
  never_calls: z.array(Call).optional(),
  cart: z.enum(['made', 'none'], 'must be made or none').optional(),
  /** Each fits the name of a line of the cart. */
  has: patterns.optional(),
  /** None fits the name of a line. */
  lacks: patterns.optional(),
  /** Every line fits one of them. */
  only: patterns.optional(),
  lines: Range.optional(),
  /** By pattern of a name: how much of it, in the unit the shop sells it by. */
  quantities: z.record(Pattern, Range).optional(),
  /** Roubles that the cart may cost. */
  budget: z.number('must be a number of roubles').positive('must be above 0').optional(),
  says: patterns.optional(),
  never_says: patterns.optional(),
  /** The honest sentence, with no cart made. */
  refuses: Pattern.optional(),
  language: z.enum(['ru', 'en'], 'must be ru or en').optional(),
  /** All that are stored, as «allergy: орехи». */
  restrictions: z.array(z.string()).optional(),
  /** Carts that the user has used up. */
  carts: count.optional(),
  /** Of the last cart made. */
  revision: count.optional(),
  /** Turns of the model at most. */
  turns: count.optional(),
  /** What the model must have been given in the system message. */
  prompt_has: patterns.optional(),
  /** What must not reach the model in any message. */
  hidden: patterns.optional(),
})
export type Expectation = z.infer<typeof Expectation>

/** The rules: what may be expected, and what holds for every answer without being named. */
export const ruleNames = ['answered', 'prices', ...Expectation.keyof().options] as const
export type RuleName = (typeof ruleNames)[number]

const Text = z.string('must be a text').trim().min(1, 'must not be empty').max(4096, 'is longer than Telegram takes')
const outcome = {
  expect: Expectation.optional(),
  /** Why the product does not hold this yet, by rule: it counts as failed and ends no run. */
  known_gap: z.partialRecord(z.enum(ruleNames), z.string().min(10, 'must say why in a sentence')).optional(),
}
const Step = z.union(
  [
    /** Several texts are sent without waiting for an answer. */
    z.strictObject({ say: z.union([Text, z.array(Text).min(2)]), ...outcome }),
    /** Presses the newest button with that label. */
    z.strictObject({ press: Pattern, ...outcome }),
    z.strictObject({ wait_minutes: z.int().positive().max(1440) }),
    z.strictObject({ fault: FaultRequest }),
  ],
  'must have say, press, wait_minutes or fault, and beside say and press only expect and known_gap',
)
export type Step = z.infer<typeof Step>

export const Conversation = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/, 'must be small letters, digits and hyphens'),
  /** One sentence: what it proves. */
  about: z.string().min(10, 'must say in a sentence what it proves'),
  /** What is stored of the user before the first message. */
  given: z
    .strictObject({
      restrictions: z.array(z.string().regex(/^(diet|allergy|dislike): .+/, 'must be «kind: value»')).optional(),
      tastes: z.record(z.string(), z.string()).optional(),
      carts_left: count.optional(),
    })
    .optional(),
  steps: z.array(Step).min(1, 'must have a step'),
})
export type Conversation = z.infer<typeof Conversation>

/** The pattern as an expression: «свекла» fits «Свёкла». */
export const expressionOf = (pattern: string): RegExp => new RegExp(pattern.replaceAll(/[её]/g, '[её]'), 'iu')

function isPattern(text: string): boolean {
  try {
    expressionOf(text)
    return true
  } catch {
    return false
  }
}
