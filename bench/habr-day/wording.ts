/** How the texts of the bot are recognised in the chat, each by what it must hold. */
export const wording = {
  cart: /Итого/,
  apology: /Код для поддержки/,
  stopped: /Остановился|Останавливать уже нечего/,
  /** The queue is too long; also after the button below it was pressed. */
  refused: /Сейчас очень много желающих/,
  remind: /^Напомнить/,
  /** The queue is short again. */
  reminder: /Очередь стала короче/,
  tooFast: /Вы пишете быстрее|Ещё отвечаю на прошлые/,
  consentGiven: /Согласие записано/,
}

/** What a user reads of their place in the queue. */
export interface Promised {
  place: number
  waitMs: number
}

const placeText = /Вы (\d+)-й в очереди, примерно (\d+)\s(сек|мин)/

/** Reads «Вы 14-й в очереди, примерно 40 секунд»; null for a text without a place. */
export function readPromise(text: string): Promised | null {
  const [, place, wait, unit] = placeText.exec(text) ?? []
  return place === undefined ? null : { place: Number(place), waitMs: Number(wait) * (unit === 'сек' ? 1_000 : 60_000) }
}
