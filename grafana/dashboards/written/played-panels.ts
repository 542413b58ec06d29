import type { QueryResult } from 'pg'
import { z } from 'zod'
import { panelsOf } from '../lib/panel-json.ts'
import { expandSql, type PanelQuery, panelQueries, type Range } from '../lib/panel-queries.ts'
import { namesOfValues } from '../lib/series-names.ts'
import { unitOf } from '../lib/units.ts'
import { type Sample, sampleFrames, sampleTable, seriesFrame, tableFrame } from './frames.ts'
import type { Frame, PanelJson, Played } from './written.ts'

const Board = z.object({ title: z.string() })
const Panels = z.array(z.custom<PanelJson & { id: number }>())

/** A panel with the answers to its queries, and the dashboard it stands on. */
export interface PlayedPanel extends Played {
  board: string
}

/**
 * The panels of these dashboards with answers: of PostgreSQL by `ask`, of Prometheus and Loki made up, a series for each
 * value that a label of their legend can have. Log lines and what is read from them have none.
 */
export async function playedPanels(
  dashboards: readonly unknown[],
  ask: (sql: string) => Promise<QueryResult<Record<string, unknown>>>,
  range: Range,
): Promise<PlayedPanel[]> {
  const played: PlayedPanel[] = []
  for (const dashboard of dashboards) {
    const json: unknown = JSON.parse(JSON.stringify(dashboard))
    const { title } = Board.parse(json)
    const panels = Panels.parse(panelsOf(json))
    const queries = panelQueries(json)
    for (const panel of panels) {
      const asked = queries.filter(({ panelId }) => panelId === panel.id)
      const ofLines = panel.type === 'logs' || panel.transformations?.some(({ id }) => id === 'extractFields')
      if (asked.length === 0 || ofLines) continue
      const frames: Frame[] = []
      for (const query of asked) {
        if (query.language === 'sql') frames.push(framesOf(query, await ask(expandSql(query.text, range))))
        else frames.push(...madeUp(query, range, panel))
      }
      played.push({ board: title, panel, frames })
    }
  }
  return played
}

const framesOf = (query: PanelQuery, answer: QueryResult<Record<string, unknown>>): Frame =>
  (query.target.format === 'time_series' ? seriesFrame : tableFrame)(query.target.refId, answer)

/** Numbers whose thousands, decimals and smallness show what a unit makes of them; percents are never above 100. */
const amounts = [1396.4567, 0.0123, 18_759_233, 0, 61]
const percents = [28.571, 1.23, 100, 0]

function madeUp({ target, text, language }: PanelQuery, { to }: Range, panel: PanelJson): Frame[] {
  const legend = String(target.legendFormat ?? '')
  const labels = target.legendFormat ? [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label) : by(text)
  const numbers = panel.fieldConfig.defaults.unit === unitOf('percent') ? percents : amounts
  const samples = combinations(labels).map(
    (values, i): Sample => ({
      labels: values,
      points: [
        [to.getTime() - 60_000, 1],
        [to.getTime(), numbers[i % numbers.length] ?? 0],
      ],
    }),
  )
  if (target.format === 'table') {
    const several = (panel.targets?.length ?? 0) > 1
    return [sampleTable(target.refId, samples, several ? `Value #${target.refId}` : 'Value')]
  }
  if (language === 'logql' && target.queryType === 'instant')
    return [sampleTable(target.refId, samples, `Value #${target.refId}`)]
  const frames = sampleFrames(target.refId, legend, samples)
  // where a panel names the series that it has, there are no others
  const own = new Set(panel.fieldConfig.overrides.map(({ matcher }) => matcher.options))
  const known = frames.filter(({ fields }) => fields.some(({ config }) => own.has(config.displayNameFromDS)))
  return labels.length > 1 && known.length > 0 ? known : frames
}

const combinations = ([label, ...rest]: readonly string[]): Record<string, string>[] => {
  if (label === undefined) return [{}]
  const known = Object.keys(namesOfValues(label))
  const values = known.length > 0 ? known : ['имя-1']
  return combinations(rest).flatMap(others => values.map(value => ({ [label]: value, ...others })))
}

/** What an expression sums by. */
const by = (text: string): string[] =>
  (/\bby \(([\w, ]+)\)/.exec(text)?.[1] ?? '').split(', ').filter(label => label !== '' && label !== 'le')
