import type { AlertChannel } from '../channels/alert-channel.ts'
import { type Desk, isMuted, type Trouble } from './desk.ts'

const minuteMs = 60_000
const longestPauseMs = 30 * minuteMs
/** After this many failures, about two hours, a notice is given up. */
const mostFailures = 8

type ChannelName = AlertChannel['name']
interface DueNotice {
  channel: ChannelName
  status: 'firing' | 'resolved'
  trouble: Trouble
}

const isCritical = ({ alerts }: Trouble) => alerts.some(({ severity }) => severity === 'critical')
const wasHeard = ({ notifications }: Trouble) => notifications > 0

/** The webhook gets everything; mail what is critical, and what the chat did not take. */
const wants: Record<ChannelName, (trouble: Trouble) => boolean> = {
  webhook: () => true,
  email: one => isCritical(one) || (!wasHeard(one) && one.chatFailures > 0),
}

/** What is to be sent now by channels other than the chat. A muted alert is not sent; the end is, if the beginning was. */
export const dueNotices = (desk: Desk, channels: readonly ChannelName[], now: Date): DueNotice[] =>
  desk.troubles.flatMap(trouble =>
    channels.flatMap((channel): DueNotice[] => {
      const { sent, failures, nextAt } = trouble.channels[channel] ?? { sent: null, failures: 0, nextAt: now }
      if (failures >= mostFailures || nextAt.getTime() > now.getTime()) return []
      const isOver = trouble.endedAt !== null
      if (isOver)
        return sent === 'firing' || (sent === null && failures > 0) ? [{ channel, status: 'resolved', trouble }] : []
      const isRequested = sent === null && wants[channel](trouble) && !isMuted(desk, trouble.group, now)
      return isRequested ? [{ channel, status: 'firing', trouble }] : []
    }),
  )

/** The channel took the notice, or failed to. */
export function noticed(desk: Desk, { channel, status, trouble }: DueNotice, isTaken: boolean, now: Date): Desk {
  const troubles = desk.troubles.map(one => {
    if (one.id !== trouble.id) return one
    const { sent, failures } = one.channels[channel] ?? { sent: null, failures: 0 }
    const pauseMs = Math.min(minuteMs * 2 ** failures, longestPauseMs)
    const progress = isTaken
      ? { sent: status, failures: 0, nextAt: now }
      : { sent, failures: failures + 1, nextAt: new Date(now.getTime() + pauseMs) }
    return { ...one, channels: { ...one.channels, [channel]: progress }, changedAt: now }
  })
  return { ...desk, troubles }
}

/** Troubles that no channel has taken for this long: the heartbeat is to stop then. */
const untoldMs = 3 * minuteMs
export const isUntold = (desk: Desk, now: Date): boolean =>
  desk.troubles.some(
    one =>
      one.endedAt === null &&
      one.notifications === 0 &&
      !isMuted(desk, one.group, now) &&
      Object.values(one.channels).every(({ sent }) => sent === null) &&
      now.getTime() - one.since.getTime() > untoldMs,
  )
