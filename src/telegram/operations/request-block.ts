import type { LookUpSources } from '../../analytics/requests/look-up-request.ts'
import { factsLine, outcomeLine, waterfallLines } from '../../analytics/requests/request-text.ts'
import { eventWord, eventWords } from '../../analytics/requests/request-words.ts'
import type { RequestStory } from '../../analytics/requests/story.ts'
import { count, rub } from '../../analytics/show.ts'
import { type Html, html, joinHtml } from '../html.ts'
import { requestTexts as texts } from './request-texts.ts'

export interface RequestSetting {
  timeZone: string
  /** Where operators open Grafana, without a slash at its end. */
  grafanaUrl: string | undefined
}

const mostEvents = 20

/** What happened to one request: outcome, when, waterfall, model, events, what is missing. No text that a user wrote. */
export function requestBlock(story: RequestStory, sources: LookUpSources, setting: RequestSetting): Html {
  const { userId, model, steps } = story
  const lines = waterfallLines(story)
  const parts: (Html | null)[] = [
    joinHtml(
      [
        texts.title(story.requestId),
        html`<b>${outcomeLine(story)}</b>`,
        html`${factsLine(story, setting.timeZone)}`,
        ...(userId === null ? [] : [texts.whose(userId)]),
      ],
      '\n',
    ),
    steps.length === 0 ? null : html`<b>${texts.waterfall}</b>\n<pre>${lines.join('\n')}</pre>`,
    model.calls === 0 ? null : html`${texts.model(model.calls, count(model.tokens), rub(model.costRub))}`,
    eventList(story),
    texts.gaps(sources, story.lines),
    setting.grafanaUrl === undefined ? null : texts.grafana(grafanaLink(setting.grafanaUrl, story)),
  ]
  return joinHtml(
    parts.filter(part => part !== null),
    '\n\n',
  )
}

function eventList({ events, eventsInLines }: RequestStory): Html | null {
  const all = [
    ...events.map(eventWords),
    ...eventsInLines.map(({ type }) => `${eventWord(type)} (${texts.eventsInLines})`),
  ]
  if (all.length === 0) return null
  const rest = all.length > mostEvents ? [`и ещё ${all.length - mostEvents}`] : []
  const shown = [...all.slice(0, mostEvents), ...rest].map(text => html`• ${text}`)
  return html`<b>${texts.events}</b>\n${joinHtml(shown, '\n')}`
}

const aroundMs = 10 * 60_000

/** The dashboard of the request, over the time in which it happened. */
function grafanaLink(grafanaUrl: string, { requestId, at, durationMs }: RequestStory): string {
  const from = at.getTime() - aroundMs
  const to = at.getTime() + (durationMs ?? 0) + aroundMs
  return `${grafanaUrl}/d/bot-request?from=${from}&to=${to}&var-request_id=${requestId}`
}
