import { type Conversation, ruleNames } from './conversation.ts'
import type { EvalBot } from './eval-bot.ts'
import { type PlayedStep, playConversation } from './play.ts'
import { recordedTurns } from './replay.ts'
import { type CheckResult, type EvalResult, type PlayedConversation, shareOf, summarise } from './result.ts'
import { judge, type Verdict } from './rules.ts'
import type { ModelTurn } from './watched-model.ts'

export interface RunOptions {
  /** As the result names it. */
  model: string
  repeat: number
  /** Called before each repetition of a conversation. */
  onBegin?: (conversation: Conversation) => void
  onPlayed?: (conversation: Conversation, verdicts: readonly Verdict[]) => void
}

/** Plays the conversations one after the other, each as a user of its own, and judges what came of them. */
export async function runEvals(bot: EvalBot, conversations: readonly Conversation[], options: RunOptions) {
  const { model, repeat, onBegin, onPlayed } = options
  const summaries = []
  const recorded: Record<string, ReturnType<typeof recordedTurns>> = {}
  let userId = firstUser
  for (const conversation of conversations) {
    const runs: PlayedConversation[] = []
    for (let run = 0; run < repeat; run += 1) {
      userId += 1
      onBegin?.(conversation)
      const { turns, ...played } = await playOnce(bot, conversation, userId)
      runs.push({ ...played, turns: turns.length })
      recorded[conversation.id] = recordedTurns(turns)
      onPlayed?.(conversation, played.verdicts)
    }
    summaries.push(summarise(conversation.id, runs))
  }
  const checks = summaries.flatMap(summary => summary.checks)
  const results = summaries.map(({ result }) => result)
  const total = (value: (result: (typeof results)[number]) => number, digits: number) =>
    Number(results.reduce((sum, result) => sum + value(result), 0).toFixed(digits))
  const versions = await bot.sql<{ version: string }>(
    'select distinct session_prompt_version as version from users where session_prompt_version is not null order by 1',
  )
  const result: EvalResult = {
    model,
    promptVersions: versions.map(({ version }) => version),
    repeat,
    rules: sharesOf(checks),
    totals: {
      turns: total(r => r.turns, 0),
      tokens: total(r => r.tokens, 0),
      costRub: total(r => r.costRub, 4),
      seconds: total(r => r.seconds, 1),
    },
    conversations: results,
  }
  return { result, recorded, closedGaps: summaries.flatMap(({ result: { id }, checks }) => closedGaps(id, checks)) }
}

const firstUser = 700_000

/** Known gaps of which nothing is left: they can be deleted from the file. */
function closedGaps(id: string, checks: readonly CheckResult[]): string[] {
  const known = checks.filter(({ gap }) => gap !== undefined)
  const open = new Set(known.filter(({ passed, of }) => passed < of).map(({ rule }) => rule))
  return [...new Set(known.map(({ rule }) => rule))].filter(rule => !open.has(rule)).map(rule => `${id}: ${rule}`)
}

function sharesOf(checks: readonly CheckResult[]): EvalResult['rules'] {
  const used = ruleNames.filter(rule => checks.some(check => check.rule === rule))
  return Object.fromEntries(used.map(rule => [rule, shareOf(checks.filter(check => check.rule === rule))]))
}

/** One repetition; a conversation that cannot be played to its end fails the rule `answered`. */
async function playOnce(bot: EvalBot, conversation: Conversation, userId: number) {
  let steps: PlayedStep[] = []
  const verdicts: Verdict[] = []
  try {
    steps = await playConversation(bot, conversation, userId)
  } catch (err) {
    const found = err instanceof Error ? err.message : String(err)
    verdicts.push({ rule: 'answered', check: 'is played to its end', found })
  }
  const sum = (value: (step: PlayedStep) => number) => steps.reduce((total, step) => total + value(step), 0)
  return {
    turns: steps.flatMap((step): ModelTurn[] => step.outcome.turns),
    tokens: sum(step => step.outcome.tokens),
    costRub: sum(step => step.outcome.costRub),
    seconds: sum(step => step.outcome.seconds),
    verdicts: [...verdicts, ...steps.flatMap(judge)],
  }
}
