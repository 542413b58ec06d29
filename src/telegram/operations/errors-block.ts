import { InlineKeyboard } from 'grammy'
import { type Change, showChange, showShortChange } from '../../analytics/change.ts'
import { errorLabel } from '../../analytics/error-labels.ts'
import type { ErrorCode, ErrorRow } from '../../analytics/numbers.ts'
import { count, percent, ratio } from '../../analytics/show.ts'
import { periodTitle } from '../admin/period-title.ts'
import { type Html, html, joinHtml } from '../html.ts'
import { createClockText } from '../since.ts'
import type { ErrorReport } from './read-errors.ts'
import { requestData } from './request-button.ts'
import { texts as all } from './texts.ts'

const texts = all.errors

/** The answer to /admin_errors: what fails, whom it met, since when, and whether it is more than before. */
export function errorsBlock(report: ErrorReport, today: string, startedAt: Date, now: Date, timeZone: string): Html {
  const clock = createClockText(timeZone)
  const at = (moment: Date) => clock(moment, now)
  const changed = (change: Change | null) => (change === null ? texts.stillRunning : showChange(change))

  const kind = (row: ErrorRow & { change: Change | null }): Html => {
    const rows = [
      html`<b>${errorLabel(row.error_type, row.upstream)}</b>`,
      html`${texts.count(count(row.errors), row.users)}${row.change === null ? '' : ` · ${showShortChange(row.change)}`}`,
    ]
    if (row.first_at !== null && row.last_at !== null)
      rows.push(html`${texts.span(at(row.first_at), at(row.last_at), row.errors)}`)
    return joinHtml(rows, '\n')
  }
  const one = ({ request_id, time, error_type, upstream }: ErrorCode): Html => {
    const code = request_id === null ? html`` : html`<code>${request_id}</code> `
    return html`${code}${at(time)}, ${errorLabel(error_type, upstream)}`
  }

  const { errors, messages, users, change, kinds, last, others } = report
  const parts = [html`<b>${texts.title(periodTitle(report, today))}</b>`]
  const trend = html`
${texts.change(changed(change))}`
  if (errors === 0) parts.push(html`${texts.none(count(messages))}${trend}`)
  else
    parts.push(
      html`${texts.sum(count(errors), count(messages), percent(ratio(errors, messages)), users)}${trend}`,
      ...kinds.map(kind),
    )
  if (last.length > 0) parts.push(joinHtml([html`<b>${texts.last}</b>`, ...last.map(one)], '\n'))
  parts.push(html`<i>${texts.others(others.commands, others.buttons, at(startedAt))}</i>`)
  return joinHtml(parts, '\n\n')
}

/** A button for each of the last codes that asks what happened to that message. */
export function codeButtons(report: ErrorReport): InlineKeyboard {
  const codes = report.last.flatMap(({ request_id }) => request_id ?? [])
  const rows = codes.flatMap((code, i) => (i % 2 === 0 ? [[code, ...codes.slice(i + 1, i + 2)]] : []))
  return new InlineKeyboard(rows.map(row => row.map(each => InlineKeyboard.text(each, requestData(each)))))
}
