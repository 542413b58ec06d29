import { upstreamLabels } from '../../analytics/error-labels.ts'
import { percent, ratio, rub } from '../../analytics/show.ts'
import type { Light, ServiceState } from '../../telemetry/services/service-watch.ts'
import { texts as alertTexts } from '../alerts/texts.ts'
import { type Html, html, joinHtml } from '../html.ts'
import { balanceLeft } from '../money/texts.ts'
import { createClockText, durationText, shortDuration } from '../since.ts'
import { waitText } from '../wording.ts'
import type { FiringAlert, Operations } from './operations-deps.ts'
import type { Status } from './status.ts'
import { causeText, texts } from './texts.ts'

const lights: Record<Light, string> = { ok: '🟢', unsteady: '🟡', failing: '🔴', unknown: '⚪' }

type Process = Pick<Operations, 'startedAt' | 'version' | 'replica' | 'llmBudgetRub'>

/** The answer to /admin_status: what is broken first, since when; then what waits, alerts, money, the process. */
export function statusBlock(status: Status, process: Process, timeZone: string): Html {
  const clock = createClockText(timeZone)
  const { at } = status
  const since = (from: Date) => texts.since(clock(from, at), durationText(at.getTime() - from.getTime()))
  const age = (from: Date) => shortDuration(at.getTime() - from.getTime())

  const service = (state: ServiceState): Html => {
    const when = state.light === 'unknown' ? texts.notAsked : state.isSinceStart ? texts.sinceStart : since(state.since)
    const rows = [html`${lights[state.light]} <b>${upstreamLabels[state.name]}</b> · ${when}`]
    if (state.cause !== null) rows.push(html`${causeText(state.cause)}`)
    const retryAt = status.retryAt[state.name as 'gigachat' | 'shop']
    if (retryAt !== undefined) {
      const seconds = Math.ceil((retryAt.getTime() - at.getTime()) / 1000)
      rows.push(html`${texts.circuit(state.name, seconds > 0 ? shortDuration(seconds * 1000) : null)}`)
    }
    return joinHtml(rows, '\n')
  }
  const alert = ({ summary, severity, since: from }: FiringAlert): Html =>
    html`${severity === 'critical' ? '🔴' : '🟡'} ${summary} · ${since(from)}`

  const { facts, logLines, model, queue, totalsAgeSeconds, firing, spentRub } = status
  const waiting = [
    texts.model(model.inFlight, model.waiting),
    ...(queue === null
      ? []
      : [
          texts.queue(queue.waiting, shortDuration(queue.oldestMs), waitText(queue.ofNewMs)),
          texts.streams(queue.streams.used, queue.streams.all),
          ...(queue.refusals === null ? [] : texts.refusals(queue.refusals)),
        ]),
    texts.facts(facts.waiting, facts.oldestAt && age(facts.oldestAt)),
    ...(logLines === null ? [] : [texts.logLines(logLines.waiting, shortDuration(logLines.oldestSeconds * 1000))]),
    texts.quarantined(facts.quarantined),
    ...(totalsAgeSeconds === null ? [] : [texts.totals(shortDuration(totalsAgeSeconds * 1000))]),
  ]
  const budget = process.llmBudgetRub
  const spent =
    'today' in spentRub
      ? texts.spentToday(rub(spentRub.today), rub(budget), percent(ratio(spentRub.today, budget)))
      : texts.spentSinceStart(rub(spentRub.sinceStart), rub(budget))
  const { reached } = status.caps
  const money = [
    spent,
    ...(['soft', 'hard'] as const).flatMap(cap => {
      const limit = status.caps[`${cap}Rub`]
      if (limit === undefined) return []
      const share = 'today' in spentRub ? percent(ratio(spentRub.today, limit)) : null
      return [texts.cap[cap](rub(limit), share, reached === cap)]
    }),
    ...status.balances.map(balanceLeft),
  ]
  const running = texts.process(
    process.version,
    clock(process.startedAt, at),
    durationText(at.getTime() - process.startedAt.getTime()),
    process.replica,
  )
  return joinHtml(
    [
      html`<b>${texts.title(clock(at, at))}</b>`,
      joinHtml(status.services.toSorted(worstFirst).map(service), '\n'),
      firing === null || firing.length === 0
        ? html`${firing === null ? texts.alertsElsewhere : texts.noAlerts}`
        : joinHtml([html`<b>${texts.alerts}</b>`, ...firing.map(alert)], '\n'),
      ...(status.closedChats === 0 ? [] : [html`⚠️ ${alertTexts.list.closed(status.closedChats)}`]),
      joinHtml(
        waiting.map(line => html`${line}`),
        '\n',
      ),
      joinHtml(
        money.map(line => html`${line}`),
        '\n',
      ),
      html`<i>${running}</i>`,
    ],
    '\n\n',
  )
}

const order: readonly Light[] = ['failing', 'unsteady', 'ok', 'unknown']
const worstFirst = (a: ServiceState, b: ServiceState): number => order.indexOf(a.light) - order.indexOf(b.light)
