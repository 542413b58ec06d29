import { z } from 'zod'
import type { BotProcess } from '../support/spawn-bot.ts'

/** What model calls cost, added up. Roubles in whole micro-roubles. */
export interface LoggedUsage {
  calls: number
  tokens: number
  microRub: number
}

const Line = z.object({ event: z.string(), request_id: z.string().optional(), update_type: z.string().optional() })
const UsageLine = Line.extend({ event: z.literal('llm_usage'), billable_tokens: z.number(), cost_rub: z.number() })

/**
 * What the lines `llm_usage` of these processes add up to: all of them, and those of messages that were done with before
 * the process was killed. What is stored lies between the two; where no process was killed both are the same.
 */
export function usageLines(bots: readonly BotProcess[]): { all: LoggedUsage; finished: LoggedUsage } {
  const all = { calls: 0, tokens: 0, microRub: 0 }
  const finished = { ...all }
  for (const bot of bots) {
    const lines = bot.output().split('\n').flatMap(readLine)
    const done = new Set(lines.flatMap(({ line }) => (line.event === 'update_handled' ? [line.request_id] : [])))
    for (const { line, usage } of lines) {
      if (usage === null) continue
      for (const sum of done.has(line.request_id) ? [all, finished] : [all]) {
        sum.calls += 1
        sum.tokens += usage.billable_tokens
        sum.microRub += Math.round(usage.cost_rub * 1e6)
      }
    }
  }
  return { all, finished }
}

/** The request ids of commands and buttons that failed. */
export const failedCommands = (bots: readonly BotProcess[]): Set<string> =>
  new Set(
    bots.flatMap(bot =>
      bot
        .output()
        .split('\n')
        .flatMap(readLine)
        .filter(({ line }) => line.event === 'update_failed' && line.update_type !== 'message')
        .map(({ line }) => line.request_id ?? ''),
    ),
  )

/** A line of the log; nothing for what a kill cut off, and for what is no line of it. */
function readLine(text: string): { line: z.infer<typeof Line>; usage: z.infer<typeof UsageLine> | null }[] {
  if (!text.startsWith('{')) return []
  try {
    const json: unknown = JSON.parse(text)
    const line = Line.safeParse(json)
    return line.success ? [{ line: line.data, usage: UsageLine.safeParse(json).data ?? null }] : []
  } catch {
    return []
  }
}
