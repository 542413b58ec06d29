import type { Log } from '../telemetry/log.ts'
import { boundedJson } from './bounded-json.ts'
import { canonicalJson } from './canonical-json.ts'
import type { MessageContext } from './message-context.ts'
import type { Achievement } from './message-state.ts'
import { type AssistantMetrics, type ToolOutcome, unknownTool } from './metrics.ts'
import type { FunctionCall } from './model/chat-model.ts'
import { StopRequest } from './stop-request.ts'
import type { Tool, ToolData, ToolName, ToolResult } from './tools/tool.ts'

/** Failures of one tool in a row after which it is not offered again for this message. */
const failuresAllowed = 2
const longestResult = 14_000
const longestStoredResult = 8_000

export interface ToolReply {
  /** What the model reads. */
  data: ToolData
  /** What is stored in the history: no hints, less data; null when the call brought nothing. */
  stored: string | null
  /** The call moved nothing: a repetition, an unknown name, unusable arguments. */
  redundant: boolean
  /** The tool that was executed; null when the call was answered without it. */
  executed: ToolName | null
  /** What the executed call adds to the state of the message. */
  achieved: Achievement
}

export interface ToolRunner {
  /** Executes one call; `message` is what the tool may read. A failure is a result the model reads; rejects with StopRequest alone. */
  call(call: FunctionCall, offered: readonly Tool[], message: MessageContext): Promise<ToolReply>
  /** Tools that have not failed too often. */
  available(): readonly Tool[]
  /** Number of calls executed. */
  executed(): number
  /** Error of a tool whose last call failed; null when every tool succeeded in the end. */
  failure(): unknown
  /** Allows calls to be repeated: the transcript that showed their results was dropped. */
  clearTranscript(): void
}

export interface ToolRunnerDeps {
  tools: readonly Tool[]
  metrics: Pick<AssistantMetrics, 'toolCalls' | 'toolDuration'>
  log: Log
}

/** Executes the model's calls for one message, each distinct one once. Retries nothing: that is up to the model. */
export function createToolRunner({ tools, metrics, log }: ToolRunnerDeps): ToolRunner {
  const answered = new Map<string, { tool: ToolName; data: ToolData }>()
  const failures = new Map<ToolName, { count: number; error: unknown }>()
  let inTranscript = new Set<string>()
  let executed = 0

  const isGivenUp = (name: ToolName) => (failures.get(name)?.count ?? 0) >= failuresAllowed

  function report(tool: ToolName | typeof unknownTool, outcome: ToolOutcome, durationMs = 0, cached = false) {
    metrics.toolCalls.inc({ tool, outcome })
    log.info('tool_call', { tool, outcome, cached, duration_ms: durationMs })
  }

  async function execute(tool: Tool, run: () => Promise<ToolResult>): Promise<ToolResult> {
    const startedAt = performance.now()
    executed += 1
    const result = await run().catch((error: unknown): ToolResult => ({ error, achieved: {} }))
    if ('error' in result && result.error instanceof StopRequest) throw result.error
    const durationMs = Math.round(performance.now() - startedAt)
    metrics.toolDuration.observe({ tool: tool.name }, durationMs / 1000)
    if ('error' in result) {
      failures.set(tool.name, { count: (failures.get(tool.name)?.count ?? 0) + 1, error: result.error })
      report(tool.name, 'error', durationMs)
    } else {
      failures.delete(tool.name)
      report(tool.name, result.data.ok ? 'ok' : 'refused', durationMs, result.cached)
    }
    return result
  }

  return {
    async call(call, offered, message) {
      const tool = tools.find(t => t.name === call.name)
      if (tool === undefined) {
        report(unknownTool, 'error')
        return redundant('unknown_tool', `Такой функции нет. Есть: ${offered.map(t => t.name).join(', ')}.`)
      }
      if (isGivenUp(tool.name)) {
        report(tool.name, 'unavailable')
        return redundant('tool_unavailable', unavailable)
      }
      if (!offered.includes(tool)) {
        report(tool.name, 'refused')
        return redundant('not_now', 'Сейчас этой функции нет: заверши ответ тем, что уже найдено.')
      }
      const prepared = tool.prepare(call.arguments)
      if ('problem' in prepared) {
        report(tool.name, 'error')
        return redundant('invalid_arguments', `Исправь аргументы: ${prepared.problem}`)
      }

      const key = `${tool.name} ${canonicalJson(prepared.args)}`
      const before = answered.get(key)
      if (before !== undefined && inTranscript.has(key)) {
        report(tool.name, 'duplicate', 0, true)
        return { ...redundant('', ''), data: { ...before.data, note: duplicate } }
      }
      if (before !== undefined) {
        report(tool.name, 'ok', 0, true)
        inTranscript.add(key)
        return replyWith(tool, before.data)
      }

      const result = await execute(tool, () => prepared.run(message))
      const executed = { executed: tool.name, achieved: result.achieved ?? {} }
      if ('error' in result) {
        const reply = isGivenUp(tool.name) ? failed('tool_unavailable', unavailable) : failed('failed', tryAgain)
        return { ...reply, ...executed }
      }
      if (result.data.ok) {
        for (const [other, { tool: owner }] of answered) if (tool.invalidates.includes(owner)) answered.delete(other)
      }
      if (result.isPartial !== true) {
        answered.set(key, { tool: tool.name, data: result.data })
        inTranscript.add(key)
      }
      return { ...replyWith(tool, result.data), ...executed }
    },
    available: () => tools.filter(tool => !isGivenUp(tool.name)),
    executed: () => executed,
    failure: () => [...failures.values()].at(-1)?.error ?? null,
    clearTranscript: () => {
      inTranscript = new Set()
    },
  }
}

const unavailable =
  'Эта функция не отвечает, больше её не вызывай. Обойдись без неё и честно скажи человеку, что не получилось.'
const tryAgain = 'Не получилось. Можно попробовать ещё раз.'
const duplicate =
  'Этот вызов уже был, вот его результат. Не повторяй его: собери корзину из найденного или ответь текстом.'

/** A result as the model reads it: a JSON object, serialized and bounded. */
export const resultText = (data: ToolData): string => boundedJson(data, longestResult)

function replyWith(tool: Tool, data: ToolData): ToolReply {
  const { note: _note, ...rest } = tool.compact(data)
  return {
    data,
    stored: boundedJson({ ...rest, ok: data.ok }, longestStoredResult),
    redundant: false,
    executed: null,
    achieved: {},
  }
}

const failed = (error: string, note: string): ToolReply => ({
  data: { ok: false, error, note },
  stored: null,
  redundant: false,
  executed: null,
  achieved: {},
})

const redundant = (error: string, note: string): ToolReply => ({ ...failed(error, note), redundant: true })
