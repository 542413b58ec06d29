import {
  AnnotationQueryBuilder,
  CustomVariableBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  QueryVariableBuilder,
  RowBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard'
import type { Annotation } from './annotations.ts'
import { envOfDashboard } from './links.ts'
import type { PlacedLater } from './panel.ts'
import { prometheus, sourceOf } from './queries.ts'

const columns = 24
const tag = 'bot'

/** Dashboards of days and of hours each have a tag of their own, so that links to them can differ. */
const ranges = {
  days: { tag: 'bot-days', title: 'Дни и недели' },
  hours: { tag: 'bot-hours', title: 'Часы' },
} as const

type Variable = Parameters<DashboardBuilder['withVariable']>[0]

export interface DashboardSpec {
  uid: `bot-${string}`
  title: string
  description: string
  /** What the time picker begins with: whole days, or the last hours. */
  range: 'days' | 'hours'
  variables?: readonly Variable[]
  annotations?: readonly Annotation[]
  /** Collapsed: of what is seldom looked at; its queries are asked when it is opened. */
  rows: readonly { title: string; panels: readonly PlacedLater[]; collapsed?: boolean }[]
}

/** The chosen time goes along among dashboards of one range; six hours say nothing where each bar is a day, and the other way round. */
const linksTo = (range: keyof typeof ranges, from: keyof typeof ranges) =>
  new DashboardLinkBuilder(ranges[range].title)
    .type(DashboardLinkType.Dashboards)
    .tags([ranges[range].tag])
    .asDropdown(true)
    .keepTime(range === from)
    .includeVars(true)

/**
 * A dashboard with a fixed address. Panels flow from left to right in the order they are given; those beside each other
 * are of one height, and the last takes the width that is left.
 */
export function dashboard(spec: DashboardSpec): Dashboard {
  const built = new DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(spec.description)
    .tags([tag, ranges[spec.range].tag])
    .readonly()
    .timezone('') // that of Grafana, which docker-compose.yml sets to ANALYTICS_TZ
    .weekStart('monday')
    .tooltip(DashboardCursorSync.Crosshair)
    .time(spec.range === 'days' ? { from: 'now-29d/d', to: 'now' } : { from: 'now-6h', to: 'now' })
    .refresh(spec.range === 'days' ? '5m' : '30s')
  for (const range of ['days', 'hours'] as const) built.link(linksTo(range, spec.range))
  for (const variable of spec.variables ?? []) built.withVariable(variable)
  for (const { name, query, colour, text } of spec.annotations ?? []) {
    built.annotation(
      new AnnotationQueryBuilder()
        .name(name)
        .datasource(sourceOf([query]))
        .enable(true)
        .hide(false)
        .iconColor(colour)
        .target(query.as('Anno'))
        .titleFormat(name)
        .textFormat(text),
    )
  }
  let id = 0
  let y = 0
  for (const row of spec.rows) {
    const head = new RowBuilder(row.title).id(++id).gridPos({ x: 0, y, w: columns, h: 1 })
    if (row.collapsed) head.collapsed(true)
    else built.withRow(head)
    y += 1
    for (const line of inLines(row.panels)) {
      const height = Math.max(...line.map(panel => panel.height))
      let x = 0
      for (const [i, panel] of line.entries()) {
        const w = i === line.length - 1 ? columns - x : panel.width
        const placed = panel.at(++id, { x, y, w, h: height })
        if (row.collapsed) head.withPanel(placed)
        else built.withPanel(placed)
        x += w
      }
      y += height
    }
    if (row.collapsed) built.withRow(head)
  }
  return tidy(built.build())
}

/** Panels that stand beside each other. */
function inLines(panels: readonly PlacedLater[]): PlacedLater[][] {
  const lines: PlacedLater[][] = []
  for (const panel of panels) {
    const line = lines.at(-1)
    const taken = line?.reduce((sum, { width }) => sum + width, 0) ?? columns
    if (line === undefined || taken + panel.width > columns) lines.push([panel])
    else line.push(panel)
  }
  return lines
}

/**
 * Without what the builders add and we do not want: links and annotations hidden in a menu, and the environment in the links
 * of a dashboard that has none.
 */
function tidy(built: Dashboard): Dashboard {
  const hasEnv = built.templating?.list?.some(({ name }) => name === 'env') === true
  return JSON.parse(JSON.stringify(built), (key, value) => {
    if (key === 'placement' && value === 'inControlsMenu') return undefined
    return typeof value === 'string' && !hasEnv ? value.replace(envOfDashboard, '') : value
  })
}

/** Which environments are shown; all by default. Matches the label `env` of metrics and log lines. */
export const envVariable = () =>
  new QueryVariableBuilder('env')
    .label('Окружение')
    .description('production, development, test: метка env метрик и логов')
    .datasource(prometheus)
    .query({ query: 'label_values(bot_build_info, env)', refId: 'env' })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: 'All', value: '$__all' })

/** One of a closed set, or all of them as the value `all`. */
export const choiceVariable = (name: string, label: string, labels: Readonly<Record<string, string>>) =>
  new CustomVariableBuilder(name)
    .label(label)
    .values(
      [['all', 'Все'], ...Object.entries(labels)]
        .map(([value, text]) => `${text?.replaceAll(',', '\\,')} : ${value}`)
        .join(', '),
    )
    .current({ selected: true, text: 'Все', value: 'all' })

/** A text that the operator types; empty matches everything. */
export const textVariable = (name: string, label: string) =>
  new TextBoxVariableBuilder(name).label(label).defaultValue('').current({ selected: true, text: '', value: '' })
