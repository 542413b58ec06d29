import type { Notice } from '../../telemetry/alerts/channels/alert-channel.ts'
import type { NoticeTexts } from '../../telemetry/alerts/delivery/alert-chat.ts'
import type { Trouble } from '../../telemetry/alerts/delivery/desk.ts'
import { type Html, html, joinHtml, plainText } from '../html.ts'
import { type Clock, showDuration } from './show-time.ts'
import { texts } from './texts.ts'

/** What stands beside the alert itself. */
interface Remark {
  above?: Html | undefined
  /** Below each trouble. */
  below?: ((trouble: Trouble) => Html | null) | undefined
}

/** Troubles reported in full; of more only the title and the time. */
const mostInFull = 3
/** Alerts of one trouble (one for each value of a label) that are described. */
const mostDescribed = 3
const mostListed = 15

type Ranked = Pick<Trouble, 'alerts'>
const severities = ['critical', 'warning', 'info'] as const
const worst = ({ alerts }: Ranked) =>
  severities.find(severity => alerts.some(one => one.severity === severity)) ?? 'info'
export const isCritical = (troubles: readonly Ranked[]): boolean => troubles.some(one => worst(one) === 'critical')

/** Russian texts of alerts: for the chat as HTML, for the other channels as notices. */
export function createAlertTexts(clock: Clock, now: () => Date): NoticeTexts & AlertTexts {
  const summaryOf = ({ alerts, group }: Trouble) => alerts[0]?.summary ?? group
  const lasted = ({ since, endedAt }: Trouble) => showDuration((endedAt ?? now()).getTime() - since.getTime())
  const usersOf = ({ alerts }: Trouble) => {
    const known = alerts.flatMap(({ users }) => (users === null ? [] : [users]))
    return known.length === 0 ? null : Math.max(...known)
  }
  const show = (at: Date) => clock.show(at, now())

  const head = (trouble: Trouble): Html[] => [
    trouble.endedAt === null ? texts.title(worst(trouble), summaryOf(trouble)) : texts.overTitle(summaryOf(trouble)),
    trouble.endedAt === null
      ? texts.since(show(trouble.since), clock.zone(trouble.since), lasted(trouble), usersOf(trouble))
      : texts.overAt(show(trouble.endedAt)),
  ]
  const body = ({ alerts, endedAt }: Trouble): Html[] => {
    if (endedAt !== null) return []
    const descriptions = [...new Set(alerts.map(({ description }) => description))].filter(text => text !== '')
    const hidden = descriptions.length - mostDescribed
    const error = alerts.find(({ lastError }) => lastError !== null)?.lastError ?? null
    const firstStep = alerts[0]?.firstStep ?? ''
    return [
      ...descriptions.slice(0, mostDescribed).map(text => html`${text}`),
      ...(hidden > 0 ? [texts.more(hidden)] : []),
      ...(error === null ? [] : [texts.lastError(error)]),
      ...(firstStep === '' ? [] : [html`${firstStep}`]),
    ]
  }
  const firing = (troubles: readonly Trouble[], { above, below }: Remark = {}): Html => {
    const isShort = troubles.length > mostInFull
    const parts = troubles.slice(0, mostListed).map(trouble => {
      const remark = below?.(trouble) ?? null
      return joinHtml([...head(trouble), ...(isShort ? [] : body(trouble)), ...(remark === null ? [] : [remark])], '\n')
    })
    const hidden = troubles.length - mostListed
    return joinHtml(
      [
        ...(above === undefined ? [] : [above]),
        ...(troubles.length > 1 ? [texts.several(troubles.length)] : []),
        ...parts,
        ...(hidden > 0 ? [texts.more(hidden)] : []),
      ],
      isShort ? '\n' : '\n\n',
    )
  }
  const over = (troubles: readonly Trouble[]): Html =>
    joinHtml(
      troubles.slice(0, mostListed).map(trouble => {
        const { since, endedAt } = trouble
        return texts.over(summaryOf(trouble), lasted(trouble), show(since), show(endedAt ?? now()), clock.zone(since))
      }),
      '\n',
    )
  return {
    firing,
    over,
    test: (id, failed) => ({
      id: failed.length === 0 ? `${id}-test` : `${id}-test-failed`,
      status: 'test',
      subject: texts.testSubject,
      text: plainText(failed.length === 0 ? texts.testPassed : texts.testFailed(failed.map(texts.way).join('; '))),
      alerts: [],
    }),
    notice: (trouble, status) => ({
      id: `${trouble.id}-${status}`,
      status,
      subject: status === 'firing' ? texts.subject(summaryOf(trouble)) : texts.overSubject(summaryOf(trouble)),
      text: plainText(status === 'firing' ? firing([trouble]) : over([trouble])),
      alerts: trouble.alerts.map(alert => noticeAlert(alert, trouble.endedAt)),
    }),
  }
}

export interface AlertTexts {
  firing(troubles: readonly Trouble[], remark?: Remark): Html
  over(troubles: readonly Trouble[]): Html
}

const noticeAlert = (alert: Trouble['alerts'][number], endedAt: Date | null): Notice['alerts'][number] => ({
  name: alert.name,
  severity: alert.severity,
  component: alert.component,
  labels: alert.labels,
  summary: alert.summary,
  description: alert.description,
  first_step: alert.firstStep,
  runbook: alert.runbook,
  users: alert.users,
  last_error: alert.lastError,
  started_at: alert.since.toISOString(),
  ended_at: endedAt?.toISOString() ?? null,
})
