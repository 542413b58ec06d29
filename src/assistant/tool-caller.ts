import type { Log } from '../telemetry/log.ts'
import { boundedJson } from './bounded-json.ts'
import { canonicalJson } from './canonical-json.ts'
import type { FunctionCall } from './gigachat/types.ts'
import type { MessageContext } from './message-context.ts'
import { type AssistantMetrics, type ToolOutcome, unknownTool } from './metrics.ts'
import type { Tool, ToolData, ToolName, ToolResult } from './tools/tool.ts'

/** Failures of one tool in a row after which it is not offered again for this message. */
const failuresAllowed = 2
const longestResult = 14_000
const longestKeptResult = 8_000

export interface ToolReply {
  /** What the model reads: a JSON object, serialized. */
  content: string
  /** What history keeps of it: no hints, less data; null when the call brought nothing. */
  kept: string | null
  /** The call moved nothing: a repetition, an unknown name, unusable arguments. */
  wasted: boolean
}

export interface ToolCaller {
  call(call: FunctionCall, offered: readonly Tool[]): Promise<ToolReply>
  /** Tools that have not been given up. */
  available(): readonly Tool[]
  /** Calls that were really executed. */
  executed(): number
  /** What a tool still failing at the end threw; null when all came right. */
  failure(): unknown
  /** The transcript was dropped: the model may ask again for what it no longer sees. */
  forgetTranscript(): void
}

export interface ToolCallerDeps {
  tools: readonly Tool[]
  metrics: Pick<AssistantMetrics, 'toolCalls' | 'toolDuration'>
  log: Log
  now: () => Date
}

/** Executes the model's calls for one message. Never rejects: a failure is a result the model reads. */
export function createToolCaller({ tools, metrics, log, now }: ToolCallerDeps, message: MessageContext): ToolCaller {
  const answered = new Map<string, { tool: ToolName; data: ToolData }>()
  const failures = new Map<ToolName, { count: number; error: unknown }>()
  let inTranscript = new Set<string>()
  let executed = 0

  const isGivenUp = (name: ToolName) => (failures.get(name)?.count ?? 0) >= failuresAllowed

  function report(tool: ToolName | typeof unknownTool, outcome: ToolOutcome, durationMs = 0, cached = false) {
    metrics.toolCalls.inc({ tool, outcome })
    log.info('tool_call', { tool, outcome, cached, duration_ms: durationMs })
  }

  async function execute(tool: Tool, run: () => Promise<ToolResult>): Promise<ToolResult | null> {
    const startedAt = now().getTime()
    executed += 1
    message.toolsCalled.add(tool.name)
    let outcome: ToolOutcome = 'error'
    let cached = false
    try {
      const result = await run()
      outcome = result.data.ok ? 'ok' : 'refused'
      cached = result.cached ?? false
      failures.delete(tool.name)
      return result
    } catch (error) {
      failures.set(tool.name, { count: (failures.get(tool.name)?.count ?? 0) + 1, error })
      return null
    } finally {
      const durationMs = Math.max(0, now().getTime() - startedAt)
      metrics.toolDuration.observe({ tool: tool.name }, durationMs / 1000)
      report(tool.name, outcome, durationMs, cached)
    }
  }

  return {
    async call(call, offered) {
      const tool = tools.find(t => t.name === call.name)
      if (tool === undefined) {
        report(unknownTool, 'error')
        return wasted('unknown_tool', `Такой функции нет. Есть: ${offered.map(t => t.name).join(', ')}.`)
      }
      if (isGivenUp(tool.name)) {
        report(tool.name, 'unavailable')
        return wasted('tool_unavailable', unavailable)
      }
      if (!offered.includes(tool)) {
        report(tool.name, 'refused')
        return wasted('not_now', 'Сейчас этой функции нет: заверши ответ тем, что уже найдено.')
      }
      const prepared = tool.prepare(call.arguments)
      if ('problem' in prepared) {
        report(tool.name, 'error')
        return wasted('invalid_arguments', `Исправь аргументы: ${prepared.problem}`)
      }

      const key = `${tool.name} ${canonicalJson(prepared.args)}`
      const before = answered.get(key)
      if (before !== undefined && inTranscript.has(key)) {
        report(tool.name, 'duplicate', 0, true)
        return { ...wasted('', ''), content: serialize({ ...before.data, note: duplicate }, longestResult) }
      }
      if (before !== undefined) {
        report(tool.name, 'ok', 0, true)
        inTranscript.add(key)
        return replyWith(tool, before.data)
      }

      const result = await execute(tool, () => prepared.run(message))
      if (result === null) {
        return isGivenUp(tool.name) ? failed('tool_unavailable', unavailable) : failed('failed', tryAgain)
      }
      if (result.data.ok) {
        for (const [other, { tool: owner }] of answered) if (tool.forgets.includes(owner)) answered.delete(other)
      }
      answered.set(key, { tool: tool.name, data: result.data })
      inTranscript.add(key)
      return replyWith(tool, result.data)
    },
    available: () => tools.filter(tool => !isGivenUp(tool.name)),
    executed: () => executed,
    failure: () => [...failures.values()].at(-1)?.error ?? null,
    forgetTranscript: () => {
      inTranscript = new Set()
    },
  }
}

const unavailable =
  'Эта функция не отвечает, больше её не вызывай. Обойдись без неё и честно скажи человеку, что не получилось.'
const tryAgain = 'Не получилось. Можно попробовать ещё раз.'
const duplicate =
  'Этот вызов уже был, вот его результат. Не повторяй его: собери корзину из найденного или ответь текстом.'

const serialize = (data: ToolData, maxLength: number) => boundedJson(data, maxLength)

function replyWith(tool: Tool, data: ToolData): ToolReply {
  const { note: _note, ...kept } = tool.compact(data)
  return {
    content: serialize(data, longestResult),
    kept: serialize({ ...kept, ok: data.ok }, longestKeptResult),
    wasted: false,
  }
}

const failed = (error: string, note: string): ToolReply => ({
  content: serialize({ ok: false, error, note }, longestResult),
  kept: null,
  wasted: false,
})

const wasted = (error: string, note: string): ToolReply => ({ ...failed(error, note), wasted: true })
