import type { Message } from '../model/chat-model.ts'

/**
 * The newest messages that make a dialogue the model accepts, at most `max` besides a leading system message. A call stays
 * with its result or goes with it; the first message that remains is a user's. Of a last turn longer than `max` its question and
 * its newest calls remain. Meant for between two turns: a call still without a result is dropped.
 */
export function trimHistory(messages: readonly Message[], max = 50): Message[] {
  const system = messages[0]?.role === 'system' ? messages.slice(0, 1) : []
  const units = unitsOf(messages)
  const questions = units.flatMap(([first], index) => (first?.role === 'user' ? [index] : []))

  const newest = newestThatFit(units, max)
  const firstQuestion = questions.find(index => index >= units.length - newest.length)
  if (firstQuestion !== undefined) return [...system, ...units.slice(firstQuestion).flat()]

  const lastQuestion = questions.at(-1)
  if (lastQuestion === undefined || max < 1) return system
  const question = units[lastQuestion] ?? []
  return [...system, ...question, ...newestThatFit(units.slice(lastQuestion + 1), max - 1).flat()]
}

/** What must not be separated: a call with its result; everything else stands alone. Halves of a pair are left out. */
function unitsOf(messages: readonly Message[]): Message[][] {
  return messages.flatMap((message, index): Message[][] => {
    if (message.role === 'user') return [[message]]
    if (message.role !== 'assistant') return []
    if (message.function_call === undefined) return [[message]]
    const result = messages[index + 1]
    return result?.role === 'function' && result.name === message.function_call.name ? [[message, result]] : []
  })
}

/** As many units from the end as have at most `max` messages together. */
function newestThatFit(units: readonly Message[][], max: number): Message[][] {
  let room = max
  let start = units.length
  while (start > 0) {
    const size = units[start - 1]?.length ?? 0
    if (size > room) break
    room -= size
    start -= 1
  }
  return units.slice(start)
}
