import { z } from 'zod'
import { wilsonInterval } from '../../src/analytics/wilson.ts'
import { ruleNames } from './conversation.ts'
import type { Verdict } from './rules.ts'

const CheckResult = z.object({
  rule: z.enum(ruleNames),
  check: z.string(),
  passed: z.int(),
  of: z.int(),
  /** What was there instead, the last time it did not hold. */
  found: z.string().optional(),
  gap: z.string().optional(),
})
export type CheckResult = z.infer<typeof CheckResult>

/** One conversation over all repetitions; figures are means of one repetition. */
const ConversationResult = z.object({
  id: z.string(),
  turns: z.number(),
  tokens: z.number(),
  costRub: z.number(),
  seconds: z.number(),
  checks: z.int(),
  /** Only those that did not hold each time. */
  failed: z.array(CheckResult),
})
type ConversationResult = z.infer<typeof ConversationResult>

const Share = z.object({ passed: z.int(), of: z.int(), low: z.number(), high: z.number() })
export type Share = z.infer<typeof Share>

/** What `--json` writes and `--baseline` reads. */
export const EvalResult = z.object({
  model: z.string(),
  promptVersions: z.array(z.string()),
  repeat: z.int(),
  /** Pass rate by rule, with its 95 % Wilson interval. */
  rules: z.partialRecord(z.enum(ruleNames), Share),
  totals: z.object({ turns: z.number(), tokens: z.number(), costRub: z.number(), seconds: z.number() }),
  conversations: z.array(ConversationResult),
})
export type EvalResult = z.infer<typeof EvalResult>

/** One repetition of a conversation. */
export interface PlayedConversation {
  turns: number
  tokens: number
  costRub: number
  seconds: number
  verdicts: Verdict[]
}

/** The repetitions of one conversation, together with the counts by rule. */
export function summarise(id: string, runs: readonly PlayedConversation[]) {
  const mean = (value: (run: PlayedConversation) => number, digits: number) =>
    Number((runs.reduce((sum, run) => sum + value(run), 0) / runs.length).toFixed(digits))
  const checks = new Map<string, CheckResult>()
  for (const { rule, check, found, gap } of runs.flatMap(run => run.verdicts)) {
    const before = checks.get(`${rule} ${check}`) ?? { rule, check, passed: 0, of: 0, gap }
    checks.set(`${rule} ${check}`, {
      ...before,
      of: before.of + 1,
      passed: before.passed + Number(found === null),
      ...(found !== null && { found }),
    })
  }
  const all = [...checks.values()]
  const result: ConversationResult = {
    id,
    turns: mean(run => run.turns, 2),
    tokens: mean(run => run.tokens, 0),
    costRub: mean(run => run.costRub, 4),
    seconds: mean(run => run.seconds, 2),
    checks: all.length,
    failed: all.filter(({ passed, of }) => passed < of),
  }
  return { result, checks: all }
}

export function shareOf(checks: readonly CheckResult[]): Share {
  const passed = checks.reduce((sum, check) => sum + check.passed, 0)
  const of = checks.reduce((sum, check) => sum + check.of, 0)
  const { low, high } = wilsonInterval(passed, of)
  return { passed, of, low: Number(low.toFixed(4)), high: Number(high.toFixed(4)) }
}
