import type { CohortRow, DailyRow } from '../numbers.ts'
import { cohortsChart } from './cohorts-chart.ts'
import { type DailyFrame, dailyChart } from './daily-chart.ts'
import type { ChartFrame } from './frame.ts'
import { type FunnelFrame, type FunnelPicture, funnelChart } from './funnel-chart.ts'
import { createRenderer, type RendererOptions } from './renderer.ts'
import { type RequestPicture, requestChart } from './request-chart.ts'

/** Charts for the chat: PNG, 1080 px wide, rendered in a worker thread. Each rejects with ChartError if rendering fails. */
export interface Charts {
  daily(days: readonly DailyRow[], frame: DailyFrame): Promise<Buffer>
  funnel(funnel: FunnelPicture, frame: FunnelFrame): Promise<Buffer>
  cohorts(rows: readonly CohortRow[], frame: ChartFrame): Promise<Buffer>
  request(picture: RequestPicture, title: string): Promise<Buffer>
  /** The QR code of a link. */
  link(link: string, title: string): Promise<Buffer>
  /** Aborts the rendering in progress. May be called twice. */
  close(): Promise<void>
}

/** Starts no thread before the first chart. */
export function createCharts(options: RendererOptions = {}): Charts {
  const { render, close } = createRenderer(options)
  return {
    daily: async (days, frame) => render(dailyChart(days, frame)),
    funnel: async (funnel, frame) => render(funnelChart(funnel, frame)),
    cohorts: async (rows, frame) => render(cohortsChart(rows, frame)),
    request: async (picture, title) => render(requestChart(picture, title)),
    link: async (link, title) => render((await import('./link-card.ts')).linkCard(link, title)),
    close,
  }
}
