import type { FieldConfigSource } from '@grafana/data'
import { expect, test } from 'vitest'
import { generatedMonth, until } from '../../../test/support/generated-month.ts'
import { dashboards } from '../all.ts'
import { lines, numbers } from '../lib/panels.ts'
import { logqlNow, promql } from '../lib/queries.ts'
import { unitOf } from '../lib/units.ts'
import { checkWritten } from './check-written.ts'
import { sampleFrames, sampleTable } from './frames.ts'
import { type PlayedPanel, playedPanels } from './played-panels.ts'
import { type Frame, type PanelJson, whatIsWritten } from './written.ts'

/** The panels of dashboards over generated data, and the same panels where nothing was found. */
async function everyPanel(): Promise<PlayedPanel[]> {
  const { reader, range, sql } = await generatedMonth()
  await sql(
    `insert into reconciliation values ($1, 'carts', 1396, 1396, 1396, 0, null, now()), ($1, 'messages', 9, null, 9, -1, 'restart', now())`,
    [until],
  )
  const played = await playedPanels(dashboards, text => reader.query(text), range)
  const withoutRows = ({ refId, fields }: Frame): Frame => {
    return { refId, fields: fields.map(field => ({ ...field, values: [] })) }
  }
  return [...played, ...played.map(one => ({ ...one, frames: one.frames.map(withoutRows) }))]
}

test('Grafana writes every number as a Russian reader does, and nothing that is none', async () => {
  const played = await everyPanel()

  const written = await whatIsWritten(played)

  const problems = played.flatMap(({ board, panel }, i) =>
    checkWritten(written[i] ?? [], panel.type).map(problem => `${board} / ${panel.title}: ${problem}`),
  )
  expect(problems).toEqual([])
  const texts = (title: string, type: string) =>
    Object.fromEntries(
      (written[played.findIndex(({ panel }) => panel.title === title && panel.type === type)] ?? []).map(
        ({ name, text }) => [name, text.replaceAll(/[\u00a0\u202f]/g, ' ')],
      ),
    )
  expect(texts('Рубли за сутки', 'stat')).toEqual({ сейчас: '1 396 ₽', 'сутки назад': '1 396 ₽' })
  expect(texts('Токены за сутки', 'stat')).toEqual({ сейчас: '1 396,5 млн', 'сутки назад': '1 396,5 млн' })
  expect(texts('Неудачные сообщения', 'stat')).toEqual({ сейчас: '28,6 %', 'сутки назад': '28,6 %' })
  expect(texts('Источники и такой же период до этого', 'table')['С корзиной']).toMatch(/^\d\d(,\d)? %$/)
  expect(texts('PMF', 'stat')).toEqual({ '': expect.stringMatching(/^[\d,]+ % \([\d,]+ % – [\d,]+ %\), n = \d+$/) })
  expect(texts('Числа по дням', 'table')).toMatchObject({ Loki: '—', Prometheus: '9' })
  expect(texts('Дней не сошлось', 'stat')).toEqual({ '': '1 из 1 (раньше 0 из 0)' })
  expect(Object.keys(texts('Готовность', 'table'))).toEqual(['Служба', 'Состояние', 'С какого времени'])
  expect(texts('GMV (оценка)', 'timeseries')).toEqual({ GMV: '19,3 тыс. ₽' })
  expect(Object.keys(texts('GMV (оценка)', 'stat'))).toEqual([expect.stringMatching(/^275\u00a0520\u00a0₽\u00a0[▲▼≈]/)])
  expect(texts('Последние события', 'table').Когда).toMatch(/^\d\d\.\d\d\.2026 \d\d:\d\d:\d\d$/)
})

const time = Date.parse('2026-11-26T10:54:23Z')
const spent: Frame = {
  refId: 'A',
  fields: [
    { name: 'Time', type: 'time', values: [time, time + 1000], config: {} },
    { name: 'Value', type: 'number', values: [3758.4, 1379.6667], config: { displayNameFromDS: 'Потрачено' } },
  ],
}
const words: Frame = { refId: 'A', fields: [{ name: 'Запрос', type: 'string', values: ['1396'], config: {} }] }
const codes: Frame = { refId: 'A', fields: [{ name: 'Кто', type: 'string', values: ['organic'], config: {} }] }
const panel = (of: {
  type?: string
  title: string
  defaults?: object
  overrides?: FieldConfigSource['overrides']
  fields?: string
}): PanelJson => ({
  type: of.type ?? 'stat',
  title: of.title,
  fieldConfig: {
    defaults: { ...{ unit: unitOf('rub'), decimals: 0, noValue: '—' }, ...of.defaults },
    overrides: of.overrides ?? [],
  },
  options: { reduceOptions: { calcs: ['lastNotNull'], fields: of.fields ?? '' }, legend: { calcs: ['lastNotNull'] } },
})
const renamed = (displayName: string) => [
  { matcher: { id: 'byName', options: 'Потрачено' }, properties: [{ id: 'displayName', value: displayName }] },
]
const nothingSpent: Frame = { ...spent, fields: spent.fields.map(field => ({ ...field, values: [] })) }

const misread: readonly (readonly [PanelJson, Frame, RegExp])[] = [
  [panel({ title: '«₽1K»', defaults: { unit: 'currencyRUB' } }), spent, /cut to a letter: Потрачено: ₽1K/],
  [
    panel({ title: '«1.38 K»', defaults: { unit: 'short', decimals: null } }),
    spent,
    /cut to a letter: Потрачено: 1.38 K/,
  ],
  [
    panel({ title: '«1.35 KiB»', defaults: { unit: 'bytes', decimals: 2 } }),
    spent,
    /cut to a letter: Потрачено: 1.35 KiB/,
  ],
  [panel({ title: '«23.0 mins»', defaults: { unit: 's', decimals: 1 } }), spent, /English: Потрачено: 23.0 mins/],
  [panel({ title: '«1K req/s»', defaults: { unit: 'reqps' } }), spent, /cut to a letter: Потрачено: 1K req/],
  [panel({ title: '«1380 ₽»', defaults: { unit: 'suffix:₽' } }), spent, /not set apart: Потрачено: 1380 ₽/],
  [panel({ title: '«1379.6667»', defaults: { unit: 'none', decimals: 4 } }), spent, /more decimals/],
  [panel({ title: '«₽1 380»', defaults: { unit: 'currency:financial:₽' } }), spent, /not written as roubles/],
  [
    panel({ title: '«137967%»', defaults: { unit: 'percentunit' } }),
    spent,
    /not written as percents: Потрачено: 137967%/,
  ],
  [panel({ title: 'a clock', fields: '/.*/' }), spent, /a clock among the numbers: Time/],
  [
    panel({ title: 'a sentence', defaults: { noValue: 'модель не вызывали' } }),
    nothingSpent,
    /a text for nothing: .*модель не/,
  ],
  [panel({ title: 'digits of a text', type: 'table' }), words, /changed as if it were a number: Запрос: 1 396/],
  [panel({ title: 'a code among the cells', type: 'table' }), codes, /of the code among the cells: Кто: organic/],
  [panel({ title: 'a code name', overrides: renamed('llm_calls: loki') }), spent, /not Russian: llm_calls: loki/],
]

test('what a reader has stumbled over is found in what Grafana writes', async () => {
  const written = await whatIsWritten(misread.map(([one, frame]) => ({ panel: one, frames: [frame] })))

  for (const [i, [one, , problem]] of misread.entries())
    expect(
      checkWritten(written[i] ?? [], one.type)
        .join('\n')
        .replaceAll('\u00a0', ' '),
      one.title,
    ).toMatch(problem)
})

test('a number that Loki answers for one moment is called as its legend says', async () => {
  const spec = {
    title: 'Модель',
    description: 'x',
    unit: 'count',
    overrides: [{ of: 'стоимость', unit: 'rub' }],
  } as const
  const stat = numbers({ ...spec, queries: [logqlNow('x', 'ходов'), logqlNow('x', 'стоимость')] })
  const json = JSON.parse(JSON.stringify(stat.at(1, { x: 0, y: 0, w: 12, h: 9 }).build()))
  const samples = [{ labels: {}, points: [[time, 1396.4] as const] }]
  const frames = ['A', 'B'].map(letter => sampleTable(letter, samples, `Value #${letter}`))

  const [written] = await whatIsWritten([{ panel: json, frames }])

  expect(written?.map(({ name, text }) => `${name} ${text.replaceAll('\u00a0', ' ')}`)).toEqual([
    'ходов 1 396',
    'стоимость 1 396 ₽',
  ])
})

test('a line that was zero all the time has no row in its legend, one that was not has', async () => {
  const rates = lines({ title: 'Исходы', description: 'x', unit: 'perSecond', queries: [promql('x', '{{outcome}}')] })
  const json = JSON.parse(JSON.stringify(rates.at(1, { x: 0, y: 0, w: 12, h: 9 }).build()))
  const samples = [0, 0.25].map((value, i) => ({
    labels: { outcome: i === 0 ? 'failed' : 'ok' },
    points: [[time, value] as const, [time + 1000, value] as const],
  }))

  const [written] = await whatIsWritten([{ panel: json, frames: sampleFrames('A', '{{outcome}}', samples) }])

  expect(written?.map(({ name, text }) => `${name} ${text}`)).toEqual(['успешно 0,25\u00a0/с', 'успешно 0,25\u00a0/с'])
})
