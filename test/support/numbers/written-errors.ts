import type { ExpectedNumbers } from '../../../src/analytics/demo/expected.ts'
import type { Summary } from '../../../src/analytics/numbers.ts'
import { count, percent } from '../../../src/analytics/show.ts'
import { counted } from '../../../src/telegram/wording.ts'

/** The failures of the chat: of all messages, then of each kind. */
export const errorLines = ({ users, kinds }: ExpectedNumbers['errors'], { errors, messages }: Summary): string[] => {
  if (errors === 0) return [`Ни одной: сообщений ${count(messages)}.`]
  const all = counted(users, ['человек', 'человека', 'человек'])
  return [
    `Без ответа ${count(errors)} из ${count(messages)} сообщений (${percent(errors / messages)}), это ${all}`,
    ...kinds.map(kind => `${count(kind.errors)} у ${counted(kind.users, ['человека', 'человек', 'человек'])}`),
  ]
}
