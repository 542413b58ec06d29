import { createLatestEntries } from '../../process/latest-entries.ts'
import type { Sleep } from '../../process/sleep.ts'
import type { ApiMetrics } from './metrics.ts'

export interface SendPaceDeps {
  /** What Telegram takes from the bot, all its processes together. */
  perSecond: number
  metrics: Pick<ApiMetrics, 'sendWaits' | 'sendGoes'>
  sleep: Sleep
}

/** Keeps what is sent below Telegram's limits, so that it need not be refused. */
export interface SendPace {
  /** Resolves when a message may be sent to the chat, in order of arrival within a chat, or when the signal is aborted. */
  turn(chatId: number, signal?: AbortSignal): Promise<void>
  /** Telegram asks for a pause in this chat, in milliseconds. */
  pause(chatId: number, ms: number): void
  /** So many processes send for the bot: each takes its part. */
  share(processes: number): void
}

type Rate = Readonly<{ everyMs: number; burst: number }>
interface Line {
  /** When the next turn is free after a burst, by `performance.now()`. */
  freeAt: number
}

/** One message a second in a chat, twenty a minute in a group (https://core.telegram.org/bots/faq), with a margin for delays of the network. */
const perChat: Rate = { everyMs: 1_050, burst: 4 }
const perGroup: Rate = { everyMs: 3_100, burst: 15 }
/** Of the limit a sixth is the burst and five sixths the sustained rate: no second has more than the limit. */
const burstShare = 1 / 6
const rememberedChats = 10_000

/**
 * Token buckets, each as the time of its next free turn: one for each chat, which belongs to this process as long as it works
 * for the user, and one for this process's part of what all chats may get. How many others there are is all that processes
 * know of each other here; what goes wrong by that Telegram refuses, and it is sent later.
 */
export function createSendPace({ perSecond, metrics, sleep }: SendPaceDeps): SendPace {
  const chats = createLatestEntries<number, Line>(rememberedChats)
  const all: Line = { freeAt: Number.NEGATIVE_INFINITY }
  let overall = overallRate(perSecond, 1)

  const lineOf = (chatId: number): Line => {
    const line = chats.get(chatId) ?? { freeAt: Number.NEGATIVE_INFINITY }
    chats.set(chatId, line)
    return line
  }
  /** Takes the next turn and waits for it. */
  const take = async (line: Line, { everyMs, burst }: Rate, signal: AbortSignal | undefined) => {
    const now = performance.now()
    const turn = Math.max(line.freeAt, now - (burst - 1) * everyMs)
    line.freeAt = turn + everyMs
    if (turn > now) await sleep(turn - now, signal)
  }

  return {
    turn: async (chatId, signal) => {
      metrics.sendWaits()
      try {
        await take(lineOf(chatId), chatId < 0 ? perGroup : perChat, signal)
        // one after the other: a turn of all that waits for its chat would be lost
        if (signal?.aborted !== true) await take(all, overall, signal)
      } finally {
        metrics.sendGoes()
      }
    },
    pause: (chatId, ms) => {
      const line = lineOf(chatId)
      line.freeAt = Math.max(line.freeAt, performance.now() + ms)
    },
    share: processes => {
      overall = overallRate(perSecond, processes)
    },
  }
}

const overallRate = (perSecond: number, processes: number): Rate => ({
  everyMs: (1000 * processes) / (perSecond * (1 - burstShare)),
  burst: Math.max(1, (perSecond * burstShare) / processes),
})
