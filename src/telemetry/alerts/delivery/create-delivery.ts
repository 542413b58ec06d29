import { createTurns } from '../../../process/in-turn.ts'
import type { Log } from '../../log.ts'
import type { Alert } from '../alert.ts'
import type { AlertChannel } from '../channels/alert-channel.ts'
import type { AlertChat, NoticeTexts } from './alert-chat.ts'
import { type AlertAnswer, takeAnswer, troublesOf } from './answers.ts'
import { type Desk, newId, type Trouble, takeReport } from './desk.ts'
import type { DeskStore } from './desk-store.ts'
import type { DeliveryMetrics } from './metrics.ts'
import { dueNotices, isUntold, noticed } from './notices.ts'
import { closedTo, dueEnds, dueMessages, endNotified, notified, notNotified, openTo } from './schedule.ts'
import { followAlerts } from './troubles.ts'
import { isTestDue, runWeeklyTest } from './weekly-test.ts'

export interface DeliveryDeps {
  store: DeskStore
  chat: AlertChat
  channels: readonly AlertChannel[]
  texts: NoticeTexts
  /** User ids, in the order in which they are notified. */
  admins: readonly number[]
  /** Distinguishes this process from other replicas, also after a restart. */
  replica: string
  timeZone: string
  /** Silences the alerts of a trouble in Alertmanager. */
  silence: ((trouble: Trouble, until: Date) => Promise<void>) | undefined
  /** False until the chats can be written to: whatever comes before waits. */
  isReady: () => boolean
  now: () => Date
  log: Log
  metrics: DeliveryMetrics
}

/** What came of a pressed button. */
type AnswerOutcome = { kind: 'unknown' | 'over' | 'taken' } | { kind: 'muted'; until: Date }

export interface Delivery {
  /** Takes in what a source sees, and delivers it. Resolves once that is remembered; never rejects. */
  receive(source: string, alerts: readonly Alert[]): Promise<void>
  /** Delivers whatever is due. Never rejects. */
  round(): Promise<void>
  answer(messageId: string, by: number, answer: AlertAnswer): Promise<AnswerOutcome>
  troubles(messageId: string): Promise<Trouble[]>
  /** Looks which administrators cannot be written to, and says so in the log. */
  lookAtChats(): Promise<void>
  /** Open troubles, and the administrators whose chat is closed to the bot. */
  overview(): Promise<{ troubles: Trouble[]; mutes: Record<string, Date>; closed: number[] }>
  /** Open troubles as of the last look. */
  firing(): { summary: string; severity: Alert['severity']; since: Date }[]
  /** Why the bot is not well enough for a heartbeat; undefined if it is. */
  problem(): Promise<string | undefined>
  /** Ends after the round in flight, and lets another replica speak. */
  stop(): Promise<void>
}

const speaksForMs = 90_000
const renewBeforeMs = 45_000
/** While PostgreSQL is unavailable another replica may be speaking still: it alone, for this long. */
const aloneAfterMs = 5 * 60_000

/**
 * Delivers alerts: writes to administrators one after the other until one takes it, sends notices by the other channels,
 * and reports the end. One replica speaks for all.
 */
export function createDelivery(deps: DeliveryDeps): Delivery {
  const { store, chat, channels, texts, admins, replica, now, log, metrics } = deps
  const inTurn = createTurns()
  let last: Desk | undefined
  let isStopped = false

  const claim = (desk: Desk): Desk => {
    if (desk.troubles.length === 0 && !isTestDue(desk.testedAt, now(), deps.timeZone)) return desk
    const at = now().getTime()
    const { speaker } = desk
    const until = speaker?.until.getTime() ?? 0
    if (speaker?.replica === replica ? until - at > renewBeforeMs : until + (store.isShared() ? 0 : aloneAfterMs) > at)
      return desk
    return { ...desk, speaker: { replica, until: new Date(at + speaksForMs) } }
  }
  const note = (detail: string, troubles: readonly Trouble[]) =>
    log.info('maintenance', { task: 'alerts', detail: `${detail}: ${troubles.map(({ group }) => group).join(', ')}` })

  /** Writes what is due until nothing is: a closed chat makes it the turn of the next administrator. */
  const writeMessages = async (start: Desk): Promise<void> => {
    let desk = start
    const { due, unheard } = dueMessages(desk, admins, now())
    if (due.length + unheard.length > 0) desk = await lookAt(closedIn(desk), desk)
    for (let tries = 0; tries <= admins.length; tries++) {
      const { due, unheard } = dueMessages(desk, admins, now())
      if (unheard.length > 0) {
        const ids = unheard.map(({ id }) => id)
        note('no administrator can be written to', unheard)
        desk = await store.update(latest => notNotified(latest, ids, now()))
      }
      if (due.length === 0) return
      for (const outgoing of due) desk = await write(outgoing, desk)
    }
  }
  const closedIn = ({ unreachable }: Desk) => admins.filter(id => id in unreachable)
  /** Looks which of these administrators can be written to. */
  const lookAt = async (ids: readonly number[], start: Desk): Promise<Desk> => {
    let desk = start
    for (const id of ids) {
      const found = await chat.look(id)
      if (found === 'closed') desk = await closed(id)
      else if (found === 'open') desk = await store.update(latest => openTo(latest, id))
    }
    return desk
  }
  const closed = async (chatId: number): Promise<Desk> => {
    let isNews = false
    const desk = await store.update(latest => {
      isNews = !(chatId in latest.unreachable)
      return isNews ? closedTo(latest, chatId, now()) : latest
    })
    if (isNews) log.warn('setting_warning', closedChat)
    return desk
  }
  const write = async (outgoing: Parameters<AlertChat['notify']>[0], desk: Desk): Promise<Desk> => {
    const id = newId()
    const { chatId, troubles } = outgoing
    const ids = troubles.map(one => one.id)
    const sent = await chat.notify(outgoing, id, desk)
    metrics.delivered('telegram', sent.outcome === 'sent')
    if (sent.outcome === 'closed') return closed(chatId)
    if (sent.outcome !== 'sent') return store.update(latest => notNotified(latest, ids, now()))
    note('reported', troubles)
    const message = { id, chatId, messageId: sent.messageId, troubles: ids, ended: [] }
    return store.update(latest => notified(latest, message, admins.length, now()))
  }
  const writeEnds = async (start: Desk): Promise<void> => {
    let desk = start
    for (const outgoing of dueEnds(desk, admins, now())) {
      const { chatId, troubles } = outgoing
      const ids = troubles.map(one => one.id)
      const sent = await chat.sendEnd(outgoing)
      metrics.delivered('telegram', sent.outcome === 'sent')
      if (sent.outcome === 'failed') {
        desk = await store.update(latest => notNotified(latest, ids, now()))
        continue
      }
      note('reported the end', troubles)
      desk = await store.update(latest => endNotified(latest, chatId, ids, now()))
      await refresh(desk, ids)
    }
  }
  const refresh = async (desk: Desk, ids: readonly string[]): Promise<void> => {
    for (const message of desk.messages)
      if (message.troubles.some(id => ids.includes(id))) await chat.refresh(message, desk)
  }
  const sendNotices = async (start: Desk): Promise<void> => {
    const names = channels.map(({ name }) => name)
    for (const due of dueNotices(start, names, now())) {
      const notice = texts.notice(due.trouble, due.status)
      const isTaken = await send(
        channels.find(({ name }) => name === due.channel),
        notice,
      )
      await store.update(latest => noticed(latest, due, isTaken, now()))
    }
  }
  const send = async (channel: AlertChannel | undefined, notice: Parameters<AlertChannel['send']>[0]) => {
    if (channel === undefined) return false
    const failure = await channel.send(notice).then(
      () => null,
      (err: unknown) => ({ err }),
    )
    metrics.delivered(channel.name, failure === null)
    if (failure !== null) log.error('maintenance_failed', { task: `alerts by ${channel.name}`, err: failure.err })
    return failure === null
  }
  const round = async (): Promise<void> => {
    if (isStopped || !deps.isReady()) return
    const desk = await store.update(latest => claim(followAlerts(latest, now())))
    last = desk
    metrics.closedChats(closedIn(desk).length)
    if (desk.speaker?.replica !== replica) return
    await writeMessages(desk)
    const after = await store.update(latest => latest)
    await writeEnds(after)
    await sendNotices(after)
    await runWeeklyTest({ ...deps, send: notice => channel => send(channel, notice) })
  }
  const roundInTurn = () =>
    inTurn(round).catch((err: unknown) => log.error('maintenance_failed', { task: 'alerts', err }))

  return {
    receive: async (source, alerts) => {
      await store.update(latest => takeReport(latest, source, alerts, now()))
      void roundInTurn()
    },
    round: roundInTurn,
    answer: async (messageId, by, answer) => {
      const turn = admins.indexOf(by)
      const desk = await store.update(latest => takeAnswer(latest, messageId, answer, by, turn, now()))
      const troubles = troublesOf(desk, messageId)
      const open = troubles.filter(({ endedAt }) => endedAt === null)
      if (open.length === 0) return { kind: troubles.length === 0 ? 'unknown' : 'over' }
      const ids = open.map(({ id }) => id)
      void refresh(desk, ids)
      if (answer === 'take') return { kind: 'taken' }
      const until = desk.mutes[open[0]?.group ?? ''] ?? now()
      for (const trouble of open.filter(({ byAlertmanager }) => byAlertmanager)) void deps.silence?.(trouble, until)
      return { kind: 'muted', until }
    },
    troubles: async messageId => troublesOf(await store.update(latest => latest), messageId),
    lookAtChats: () =>
      inTurn(async () => {
        if (!isStopped) await lookAt(admins, await store.update(latest => latest))
      }),
    overview: async () => {
      const stored = await store.update(latest => latest)
      const { troubles, mutes, unreachable } = isStopped ? stored : await lookAt(closedIn(stored), stored)
      const open = troubles.filter(({ endedAt }) => endedAt === null)
      return { troubles: open, mutes, closed: admins.filter(id => id in unreachable) }
    },
    firing: () =>
      (last?.troubles ?? []).flatMap(({ alerts: [first], endedAt, since, group }) =>
        endedAt === null ? [{ summary: first?.summary ?? group, severity: first?.severity ?? 'warning', since }] : [],
      ),
    problem: async () =>
      isUntold(await store.update(latest => latest), now()) ? 'an alert reached no one' : undefined,
    stop: async () => {
      isStopped = true
      await inTurn(() =>
        store.update(latest => (latest.speaker?.replica === replica ? { ...latest, speaker: null } : latest)),
      )
    },
  }
}

const closedChat = {
  setting: 'ADMIN_USER_IDS',
  detail:
    'the chat of an administrator takes no messages: they have to write to the bot once; the next one is notified instead',
} as const
