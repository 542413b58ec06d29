import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { chromiumNote, chromiumWanted } from '../../../test/support/chromium.ts'
import { dashboard } from '../lib/dashboard.ts'
import { lines, nowTile } from '../lib/panels.ts'
import { promql } from '../lib/queries.ts'
import { createGrafanaApi } from './grafana-api.ts'
import { render } from './render.ts'

const tile = (title: string) => nowTile({ title, description: 'x', unit: 'rub', expr: 'x' })
const graph = (title: string) => lines({ title, description: 'x', unit: 'count', queries: [promql('x', 'Строк')] })

const header = (title: string) => `data-testid="data-testid Panel header ${title}"`
const content = (inside: string) => `<div data-testid="data-testid panel content">${inside}</div>`
const empty = '<div data-testid="data-testid Panel data error message">нет данных</div>'
const oneLine = 'white-space:nowrap;overflow:hidden;text-overflow:ellipsis'

/** What Grafana marks in its page for its own end-to-end tests; how it draws is not played. */
const pages: Record<string, string> = {
  Рубли: `<section ${header('Рубли')}>${content('<p>Потрачено</p><p>1 396 ₽</p><canvas></canvas>')}</section>`,
  Токены: `<section ${header('Токены')}>${content('<p>Time</p><p>2026-11-26 10:54:23</p><canvas></canvas>')}</section>`,
  Отказ: `<section ${header('Отказ')}><i data-testid="data-testid Panel status error" aria-label="maximum of series"></i>${content(empty)}</section>`,
  Пусто: `<section ${header('Пусто')}>${content(empty)}</section>`,
  Обрезано: `<section ${header('Обрезано')}>${content(`<p style="width:40px;${oneLine}">сверка ещё не проверяла</p><canvas></canvas>`)}</section>`,
  Внахлёст: `<section ${header('Внахлёст')}>${content('<div style="position:relative;height:20px"><b style="position:absolute">1396</b><b style="position:absolute">18759233</b></div><canvas></canvas>')}</section>`,
  Доля: `<section ${header('Доля')}>${content('<p>85,5 %</p>')}</section>`,
  Таблица: `<section ${header('Таблица')}>${content(`<div style="width:90px;overflow:auto"><div style="width:400px;display:flex"><b style="width:200px;${oneLine}">Людей</b><b style="width:200px;${oneLine}">Новых</b></div></div>`)}</section>`,
  Столбец: `<section ${header('Столбец')}>${content(`<div style="width:60px;${oneLine}"><b>Первых корзин</b></div><canvas></canvas>`)}</section>`,
  Свёрнуто: `<section ${header('Свёрнуто')}>${content('<p>Строк</p><canvas></canvas>')}</section>`,
}

/** A server with the four addresses of Grafana that the driver needs, which shows these panels. */
async function startPage({ shown = Object.keys(pages), loading = false } = {}) {
  const asked: string[] = []
  const server = createServer(async (req, res) => {
    const body = await text(req)
    asked.push(`${req.method} ${req.url} ${req.headers.authorization}`)
    if (req.url?.startsWith('/d/')) {
      const bar = loading ? '<i aria-label="Panel loading bar"></i>' : ''
      res.setHeader('content-type', 'text/html; charset=utf-8')
      res.end(shown.map(title => pages[title]?.replace('>', `>${bar}`)).join(''))
    } else if (req.url === '/api/ds/query') {
      res.end(
        JSON.stringify({
          results: {
            A: {
              frames: [
                {
                  data: {
                    values: [
                      [1, 2],
                      [3, 4],
                    ],
                  },
                },
              ],
            },
          },
        }),
      )
    } else res.end(JSON.stringify({ status: 'success', length: body.length }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

const board = dashboard({
  ...{ uid: 'bot-x', title: 'Доска', description: 'x', range: 'hours' },
  rows: [
    { title: 'Ряд', panels: ['Рубли', 'Токены', 'Отказ', 'Пусто', 'Обрезано', 'Внахлёст'].map(tile) },
    { title: 'Тексты', panels: ['Доля', 'Таблица', 'Столбец'].map(tile) },
    { title: 'Редкое', collapsed: true, panels: [graph('Свёрнуто')] },
  ],
})

async function seen(of: Parameters<typeof startPage>[0] = {}, deadlineMs = 30_000) {
  const { url, asked } = await startPage(of)
  const folder = mkdtempSync(join(tmpdir(), 'render-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const problems = await render({ url, authorization: 'Bearer t', dashboards: [board], folder, deadlineMs })
  return { problems, asked, pictures: existsSync(folder) ? readdirSync(folder).sort() : [] }
}

describe.runIf(chromiumWanted)(`in a browser${chromiumNote}`, () => {
  test('what should not be seen is found on desk and phone, and nothing in a panel that is well', async () => {
    const { problems, asked, pictures } = await seen()

    const desk = problems.filter(problem => problem.includes('(desk)'))
    expect(desk.map(problem => problem.replace('Доска (проверка) / ', ''))).toEqual([
      'Токены (desk): the time of a sample as one of its numbers',
      'Отказ (desk): an error: maximum of series',
      'Обрезано (desk): cut off: сверка ещё не проверяла',
      'Внахлёст (desk): over each other: 1396 | 18759233',
      'Столбец (desk): cut off: Первых корзин',
      'Пусто (desk): shows nothing, though its data source answers',
    ])
    expect(problems.filter(problem => problem.includes('(phone)'))).toHaveLength(5)
    expect(pictures).toEqual(['bot-x-desk.png', 'bot-x-phone.png'])
    expect(asked.filter(line => line.includes('/api/dashboards'))).toEqual([
      'POST /api/dashboards/db Bearer t',
      'DELETE /api/dashboards/uid/bot-x-seen Bearer t',
    ])
  })

  test('a panel that never answers and one that is not there are named', async () => {
    const { problems } = await seen({ shown: ['Рубли'], loading: true }, 1)

    expect(problems.join('\n')).toMatch(/not every panel has answered[\s\S]*Свёрнуто \(desk\): is not shown/)
  })
})

test('a Grafana that refuses is named with its answer', async () => {
  const server = createServer((_, res) => void res.writeHead(401).end('Invalid API key')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const api = createGrafanaApi(url, 'Bearer t')

  await expect(api.remove('bot-x')).rejects.toThrow('Grafana answers 401: Invalid API key')
})
