import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from '../../../test/support/chromium.ts'
import { panelsOf } from '../lib/panel-json.ts'
import { expandExpression, expandSql, type PanelQuery, panelQueries } from '../lib/panel-queries.ts'
import { createGrafanaApi, type GrafanaApi } from './grafana-api.ts'
import { type SeenPanel, seenPanels } from './seen-panels.ts'

/** `npm run dashboards -- --render DIR`: what is wrong with the dashboards of a Grafana as they are seen, and a picture of each. */

export interface RenderOptions {
  url: string
  authorization: string
  dashboards: readonly unknown[]
  folder: string
  /** Milliseconds that a dashboard has for its panels to answer. */
  deadlineMs: number
}

const screens = { desk: 1440, phone: 390 } as const
/** A unit of a dashboard's grid with its gap, in pixels; on a phone panels stand under each other. */
const gridPx = 38
const headPx = 240
const marginPx = 16
/** For the page itself, before its panels ask. */
const pageMs = 60_000

export async function render({ url, authorization, dashboards, folder, deadlineMs }: RenderOptions): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  const api = createGrafanaApi(url, authorization)
  const browser = await launchChromium()
  try {
    const problems: string[] = []
    for (const json of dashboards.map(unfolded)) {
      await api.store(json)
      try {
        for (const screen of ['desk', 'phone'] as const)
          problems.push(...(await look({ api, browser, url, authorization, json, screen, folder, deadlineMs })))
      } finally {
        await api.remove(json.uid)
      }
    }
    return problems
  } finally {
    await browser.close()
  }
}

type Board = ReturnType<typeof unfolded>

/** A copy under an address of its own with every row open: what is collapsed is seen too. */
function unfolded(dashboard: unknown) {
  const { uid, title, time, ...rest } = JSON.parse(JSON.stringify(dashboard))
  const panels = panelsOf(dashboard).map(panel => JSON.parse(JSON.stringify(panel)))
  return { ...rest, id: null, uid: `${uid}-seen`, title: `${title} (проверка)`, time, refresh: '', panels }
}

interface Look extends Omit<RenderOptions, 'dashboards'> {
  api: GrafanaApi
  browser: Browser
  json: Board
  screen: keyof typeof screens
}

async function look({ api, browser, url, authorization, json, screen, folder, deadlineMs }: Look): Promise<string[]> {
  const width = screens[screen]
  // panels out of sight are not asked for
  const height = headPx + gridPx * heightOf(json, screen)
  const context = await browser.newContext({
    ...{ viewport: { width, height }, locale: 'ru-RU', timezoneId: 'Europe/Moscow', reducedMotion: 'reduce' },
    extraHTTPHeaders: { authorization },
  })
  try {
    const page = await context.newPage()
    await page.goto(new URL(`/d/${json.uid}?kiosk`, url).href, { timeout: pageMs })
    const { panels, late } = await settled(page, json.panels.length, deadlineMs)
    const end = Math.ceil(Math.max(0, ...panels.map(({ bottom }) => bottom))) + marginPx
    await page.screenshot({
      path: join(folder, `${json.uid.replace(/-seen$/, '')}-${screen}.png`),
      clip: { x: 0, y: 0, width, height: Math.min(height, end) },
    })
    const place = (panel: string) => `${json.title} / ${panel} (${screen})`
    const missing = json.panels.filter((panel: { title: string }) => !panels.some(({ title }) => title === panel.title))
    const empty = screen === 'desk' ? await wronglyEmpty(api, json, panels) : []
    return [
      ...(late ? [`${place('')}: not every panel has answered within ${deadlineMs} ms`] : []),
      ...missing.map(({ title }: { title: string }) => `${place(title)}: is not shown`),
      ...panels.flatMap(panel => faults(panel).map(fault => `${place(panel.title)}: ${fault}`)),
      ...empty.map(({ title, why }) => `${place(title)}: ${why}`),
    ]
  } finally {
    await context.close()
  }
}

function heightOf(json: Board, screen: keyof typeof screens): number {
  const places: { y: number; h: number }[] = json.panels.map((panel: { gridPos: object }) => panel.gridPos)
  return screen === 'phone' ? places.reduce((sum, { h }) => sum + h, 0) : Math.max(...places.map(({ y, h }) => y + h))
}

/**
 * The panels once all are there, none waits and two looks in a row see the same: a panel that has not asked yet does not wait
 * either. What is there when the time is over.
 */
async function settled(page: Page, amount: number, deadlineMs: number) {
  const until = Date.now() + deadlineMs
  for (let before = ''; ; ) {
    const panels = await seenPanels(page)
    const now = JSON.stringify(panels)
    const done = panels.length >= amount && panels.every(({ loading }) => !loading) && now === before
    if (done || Date.now() > until) return { panels, late: !done }
    before = now
    await page.waitForTimeout(500)
  }
}

/** What should be seen in no panel. */
function faults({ error, texts, cut, overlapping }: SeenPanel): string[] {
  const clock = texts.find(text => /^time$/i.test(text))
  return [
    ...(error === null ? [] : [`an error: ${error}`]),
    ...(clock === undefined ? [] : ['the time of a sample as one of its numbers']),
    ...(cut.length === 0 ? [] : [`cut off: ${cut.slice(0, 3).join('; ')}`]),
    ...(overlapping.length === 0 ? [] : [`over each other: ${overlapping.slice(0, 3).join('; ')}`]),
  ]
}

/** Panels that show nothing although their queries have an answer, or whose queries are refused. */
async function wronglyEmpty(api: GrafanaApi, json: Board, panels: readonly SeenPanel[]) {
  const queries = panelQueries(json)
  const to = Date.now()
  const range = { from: to - (json.time.from === 'now-6h' ? 6 : 30 * 24) * 3_600_000, to }
  const wrong: { title: string; why: string }[] = []
  for (const { title } of panels.filter(({ drawn, error, loading }) => !drawn && !loading && error === null)) {
    const own = queries.filter(({ where }) => where.startsWith(`${json.title} / ${title} /`))
    if (own.length === 0) continue
    const values = await api
      .countValues(
        own.map(query => asked(query, range)),
        range,
      )
      .catch((err: unknown) => String(err))
    if (typeof values === 'string') wrong.push({ title, why: values })
    else if (values > 0) wrong.push({ title, why: 'shows nothing, though its data source answers' })
  }
  return wrong
}

function asked({ target, language, text }: PanelQuery, { from, to }: { from: number; to: number }) {
  const range = { from: new Date(from), to: new Date(to) }
  return {
    ...target,
    ...(language === 'sql' ? { rawSql: expandSql(text, range) } : { expr: expandExpression(text, range) }),
  }
}
