import { type FoundJson, isJsonObject, type JsonObject, jsonInText, parseJson } from '../../shop/json.ts'
import { toolNames } from '../tools/tool.ts'

/** A function call that the model wrote into its text instead of making it. */
interface WrittenCall {
  name: string
  arguments: JsonObject
}

export interface ReadText {
  /** Whether there was any sign of a call, readable or not. */
  hasCall: boolean
  /** The first readable one. */
  call: WrittenCall | null
  /** The text without calls; function names never mean anything to a user. */
  rest: string
}

interface Place {
  start: number
  end: number
  call: WrittenCall | null
}

const nameKeys = ['name', 'function', 'function_name', 'tool', 'tool_name', 'action', 'recipient_name']
const argumentKeys = [
  'arguments',
  'parameters',
  'args',
  'params',
  'input',
  'tool_input',
  'action_input',
  'tool_arguments',
]
const wrapperKeys = ['function_call', 'function', 'tool_calls', 'tool_call', 'functions', 'calls']

/** No longer offered, but models read it in stored dialogues and may write it. */
const retired = ['get_previous_cart']
const names = [...toolNames, ...retired].join('|')
const mention = new RegExp(String.raw`(?:functions?\.|default_api\.|tools?\.)?(${names})`, 'g')
const tags =
  /<\/?[|｜]?(?:function_?calls?|function|tool_?calls?|tool_code|tool|invoke|parameters?|arguments?)(?:[\s=:][^<>\n]{0,200})?[|｜]?>|\[\/?(?:TOOL_CALLS?|FUNCTION_CALLS?)\]|functioncall|^[ \t]{0,8}Action(?: Input)?[ \t]?:[^\n]*$/gim
/** A call whose end is missing: an answer that was cut off. */
const brokenCall =
  /[[{]\s{0,20}(?:\{\s{0,20})?"(?:function_call|tool_calls?|(?:function|tool)(?:_name)?|name(?="\s{0,5}:\s{0,5}"[a-z_])|arguments|parameters)"\s{0,5}:[\s\S]*$/

/** How far behind a function's name its arguments may begin. */
const farthest = 80

/** Reads calls out of a text: JSON, tags, `name(key="value")`, a name with JSON behind it; whole or cut off. */
export function readWrittenCalls(text: string): ReadText {
  const json = jsonInText(text)
  const places: Place[] = json.flatMap(({ value, start, end }) => {
    const call = callIn(value)
    return call === null ? [] : [{ start, end, call }]
  })
  for (const found of text.matchAll(mention)) {
    const { index, 0: whole, 1: name = '' } = found
    if (places.some(({ start, end }) => index >= start && index < end)) continue
    const read = argumentsBehind(text, index + whole.length, json)
    places.push({ start: lineStart(text, index), end: read.end, call: read.args && { name, arguments: read.args } })
  }
  const withoutPlaces = cut(text, places)
  const rest = withoutPlaces.replace(tags, '').replace(brokenCall, '')
  return {
    hasCall: places.length > 0 || rest !== withoutPlaces,
    call: places.sort((a, b) => a.start - b.start).find(({ call }) => call !== null)?.call ?? null,
    rest,
  }
}

/** The call a JSON value describes, in any of the shapes models write. */
function callIn(value: unknown, depth = 6): WrittenCall | null {
  if (depth === 0) return null
  if (Array.isArray(value)) return firstCall(value, depth)
  if (!isJsonObject(value)) return null
  const inner = firstCall(
    wrapperKeys.map(key => value[key]),
    depth,
  )
  if (inner !== null) return inner
  const name = nameKeys.map(key => value[key]).find(part => typeof part === 'string')
  const key = argumentKeys.find(known => known in value)
  if (typeof name !== 'string' || !/^[\w.-]{1,64}$/.test(name)) return null
  const plainName = name.replace(/^(?:functions?|default_api|tools?)\./, '')
  if (key === undefined && !(toolNames as readonly string[]).includes(plainName)) return null
  return { name: plainName, arguments: asObject(key === undefined ? {} : value[key]) ?? {} }
}

function firstCall(values: readonly unknown[], depth: number): WrittenCall | null {
  for (const value of values) {
    const call = callIn(value, depth - 1)
    if (call !== null) return call
  }
  return null
}

const asObject = (value: unknown): JsonObject | null => {
  const read = typeof value === 'string' ? parseJson(value) : value
  return isJsonObject(read) ? read : null
}

/** The arguments that stand behind a function's name, and where they end; null when there are none we can read. */
function argumentsBehind(
  text: string,
  from: number,
  json: readonly FoundJson[],
): { args: JsonObject | null; end: number } {
  const next = json.find(({ start }) => start >= from)
  const object = next !== undefined && next.start - from <= farthest ? asObject(next.value) : null
  if (next !== undefined && object !== null) {
    const closing = /^\s?\)/.exec(text.slice(next.end, next.end + 2))
    return { args: object, end: next.end + (closing?.[0].length ?? 0) }
  }
  const behind = text.slice(from, from + 2_000)
  const round = /^\s?\(([^()]{0,1000})\)/.exec(behind)
  if (round !== null) return { args: keyValues(round[1] ?? ''), end: from + round[0].length }
  const parameters = [...behind.matchAll(/<(?:parameter[\s=](?:name=)?"?(\w{1,40})"?)>([^<]{0,1000})<\/parameter>/g)]
  const last = parameters.at(-1)
  if (last === undefined) return { args: null, end: lineEnd(text, from) }
  const args = Object.fromEntries(parameters.map(([, key = '', value = '']) => [key, scalar(value)]))
  return { args, end: from + last.index + last[0].length }
}

/** `q="молоко", sort='rating'` as an object. */
function keyValues(text: string): JsonObject {
  const pairs = text.matchAll(/(\w{1,40})\s?[=:]\s?(?:"([^"]{0,500})"|'([^']{0,500})'|([^\s,"']{1,100}))/g)
  return Object.fromEntries(
    [...pairs].map(([, key = '', double, single, bare]) => [key, double ?? single ?? scalar(bare ?? '')]),
  )
}

const scalar = (text: string): unknown => parseJson(text.trim()) ?? text.trim()

const lineStart = (text: string, at: number) => text.lastIndexOf('\n', at - 1) + 1
const lineEnd = (text: string, at: number) => {
  const end = text.indexOf('\n', at)
  return end === -1 ? text.length : end
}

function cut(text: string, places: readonly Place[]): string {
  let kept = ''
  let from = 0
  for (const { start, end } of [...places].sort((a, b) => a.start - b.start)) {
    if (start > from) kept += text.slice(from, start)
    from = Math.max(from, end)
  }
  return kept + text.slice(from)
}
