/** How the texts of the bot are recognised in the chat, each by what it must hold. */
export const wording = {
  cart: /Итого/,
  apology: /Код для поддержки/,
  stopped: /Остановился|Останавливать уже нечего/,
  /** The queue is too long; the button below it asks for a reminder. */
  refused: /очередь слишком длинная|слишком много желающих/i,
  /** The queue is short again. */
  reminder: /очередь (?:снова )?(?:коротк|свободн)|теперь могу ответить/i,
  tooFast: /Вы пишете быстрее|Ещё отвечаю на прошлые/,
  consentGiven: /Согласие записано/,
}

/** What a user reads of their place. */
export interface Promised {
  place: number
  /** The wait that the text names; null when it names none. */
  waitMs: number | null
}

const placeText =
  /Вы (\d+)-[йя] в очереди(?:[^\d]*?(примерно|около|меньше|ещё)?\s*((?:\d+\s*(?:ч|мин|сек|с)\p{L}*\.?\s*)+|минут[уы]))?/iu
const partMs = { ч: 3_600_000, м: 60_000, с: 1_000 }

/** Reads «Вы 14-й в очереди, примерно 40 секунд»; null for a text without a place. */
export function readPromise(text: string): Promised | null {
  const [, place, , wait] = placeText.exec(text) ?? []
  if (place === undefined) return null
  if (wait === undefined) return { place: Number(place), waitMs: null }
  let waitMs = 0
  for (const [, count = '', unit = ''] of wait.matchAll(/(\d+)\s*(ч|м|с)/giu))
    waitMs += Number(count) * (partMs[unit.toLowerCase() as keyof typeof partMs] ?? 0)
  return { place: Number(place), waitMs: waitMs === 0 ? minuteMs : waitMs }
}

const minuteMs = 60_000
