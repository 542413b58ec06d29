import type { NumberRow } from './compare-numbers.ts'
import type { HabrDay } from './habr-day.ts'

/** The day as a Markdown table, the numbers compared below it. */
export function habrDayTable(day: HabrDay): string {
  const { options, chats, database, meters } = day
  const { waits, places, outcomes } = chats
  const percent = (of: number, all: number) => `${((100 * of) / Math.max(1, all)).toFixed(of === all ? 0 : 1)} %`
  const unseen = chats.messages - chats.seen
  const rows: [string, string][] = [
    ['users', `${chats.users} within ${options.minutes} min, ${chats.messages} messages and presses`],
    [
      'seen within 2 s',
      `${percent(chats.seen, chats.messages)}; the slowest after ${seconds(chats.slowestSeenMs)}` +
        (unseen === 0 ? '' : `; of the other ${unseen} ${chats.unseenInOutage} while a bot was down or taken over`),
    ],
    [
      'wait for a cart',
      `median ${seconds(waits.median)}, nine of ten within ${seconds(waits.most)}, longest ${seconds(waits.longest)}; ${waits.carts} carts`,
    ],
    [
      'place in the queue',
      places.read === 0
        ? 'no user was shown one'
        : `read ${places.read} times, rose ${places.rose} times` +
          (places.ratio === null
            ? ''
            : `; waited ${ratio(places.ratio.median)} of the time promised (80 % of them ${ratio(places.ratio.low)} to ${ratio(places.ratio.high)}), 90 % within ${seconds(places.offMs ?? 0)} of it`),
    ],
    ['order kept', chats.disordered.length === 0 ? 'for every user' : `not for ${chats.disordered.length} users`],
    ['lost', String(chats.lost.length + database.lost.length)],
    ['doubled carts and events', String(database.doubled.length)],
    ['carts shown again: by a kill, or because a correction changed nothing', String(chats.repeated)],
    ['refused politely', `${outcomes.refused}; ${chats.reminded} users were reminded`],
    ['stopped, apologised, asked to slow down', `${outcomes.stopped}, ${outcomes.apologised}, ${outcomes.too_fast}`],
    ['model', `${day.costRub.toFixed(2)} ₽, ${meters.model.answers} answers`],
    ['streams seen by GigaChat', `at most ${meters.model.most} of ${options.streams}; ${meters.model.refused} refused`],
    ['shop, busiest 60 s', `${meters.shop.perMinute} calls of ${day.shopAllowed} allowed`],
    ['Telegram, busiest 60 s', `${meters.telegram.perMinute} messages; ${meters.telegram.refused} times 429`],
    [
      'outages',
      day.outages.map(({ what, from, to }) => `${what}: a new process answers after ${seconds(to - from)}`).join('; '),
    ],
    ['processors busy', `${percent(day.processors, 1)}; the day took ${seconds(day.seconds * 1000)}`],
  ]
  return [
    ...markdown(['', `${options.form}, ${options.bots} ${options.bots === 1 ? 'bot' : 'bots'}`], rows),
    '',
    ...markdown(['number', 'chats', 'PostgreSQL', 'report', '/admin_analytics', 'Loki', 'Prometheus'], numberRows(day)),
  ].join('\n')
}

/** Everything that must not be; empty when the day went well. What concerns a user is followed by their chat. */
export function breaches({
  chats,
  database,
  meters,
  aloneTimes,
  shopAllowed,
  differences,
  transcript,
}: HabrDay): string[] {
  // what a bot does without Redis is its own affair: it cannot know what the others do
  const isShared = aloneTimes === 0
  const all = [
    ...chats.lost.map(text => `lost: ${text}`),
    ...database.lost.map(text => `lost: ${text}`),
    ...database.doubled.map(text => `doubled: ${text}`),
    ...chats.disordered.map(text => `order: ${text}`),
    ...differences.map(text => `numbers: ${text}`),
    ...(isShared && meters.model.refused > 0
      ? [`pace: GigaChat refused ${meters.model.refused} requests above its streams`]
      : []),
    ...(isShared && meters.shop.perMinute > shopAllowed
      ? [`pace: ${meters.shop.perMinute} calls of the shop in 60 s`]
      : []),
  ]
  return all.map(text => withChat(text, transcript))
}

/** What is no breach and should not be, each followed by the chat of its user: who was not seen in time, who still waits. */
export const notices = ({ chats, unfinished, transcript }: HabrDay): string[] =>
  [...chats.late, ...unfinished.map(userId => `user ${userId}: still waits for something`)].map(text =>
    withChat(text, transcript),
  )

const withChat = (text: string, transcript: HabrDay['transcript']): string =>
  [text, ...transcript(Number(/user (\d+):/.exec(text)?.[1]))].join('\n')

const numberRows = ({ numbers }: HabrDay): string[][] =>
  numbers.map((row: NumberRow) => [
    row.name,
    ...[row.driver, row.postgres, row.report, row.chat, row.loki, row.prometheus].map(value =>
      value === null ? '–' : String(Number(value.toFixed(2))),
    ),
  ])

const markdown = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`)

const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`
const ratio = (value: number): string => `${value.toFixed(2)} ×`
