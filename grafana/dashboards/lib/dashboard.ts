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
import { envOfDashboard } from './links.ts'
import type { PlacedLater } from './panels.ts'
import { prometheus, type Query, sourceOf } from './queries.ts'

const columns = 24
const tag = 'bot'

type Variable = Parameters<DashboardBuilder['withVariable']>[0]

export interface DashboardSpec {
  uid: `bot-${string}`
  title: string
  description: string
  /** What the time picker begins with: whole days, or the last hours. */
  range: 'days' | 'hours'
  variables?: readonly Variable[]
  annotations?: readonly { name: string; query: Query; colour: string; text: string }[]
  rows: readonly { title: string; panels: readonly PlacedLater[] }[]
}

/** A dashboard with a fixed address. Panels flow from left to right in the order they are given, and keep off each other. */
export function dashboard(spec: DashboardSpec): Dashboard {
  const built = new DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(spec.description)
    .tags([tag])
    .readonly()
    .timezone('') // that of Grafana, which docker-compose.yml sets to ANALYTICS_TZ
    .weekStart('monday')
    .tooltip(DashboardCursorSync.Crosshair)
    .time(spec.range === 'days' ? { from: 'now-29d/d', to: 'now' } : { from: 'now-6h', to: 'now' })
    .refresh(spec.range === 'days' ? '5m' : '30s')
    .link(
      new DashboardLinkBuilder('Другие дашборды')
        .type(DashboardLinkType.Dashboards)
        .tags([tag])
        .asDropdown(true)
        .keepTime(true)
        .includeVars(true),
    )
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
    built.withRow(new RowBuilder(row.title).id(++id).gridPos({ x: 0, y, w: columns, h: 1 }))
    y += 1
    let [x, height] = [0, 0]
    for (const panel of row.panels) {
      if (x + panel.width > columns) {
        y += height
        x = 0
        height = 0
      }
      built.withPanel(panel.at(++id, { x, y, w: panel.width, h: panel.height }))
      x += panel.width
      height = Math.max(height, panel.height)
    }
    y += height
  }
  return tidy(built.build())
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
