import type { CohortRow, DailyRow, Funnel } from '../numbers.ts'
import { cohortsChart } from './cohorts-chart.ts'
import { dailyChart } from './daily-chart.ts'
import { funnelChart } from './funnel-chart.ts'
import { createRenderer, type RendererOptions } from './renderer.ts'

/** Charts for the chat: PNG, 1080 px wide, rendered in a worker thread. Each rejects with ChartError if rendering fails. */
export interface Charts {
  daily(days: readonly DailyRow[], title: string): Promise<Buffer>
  funnel(stages: Funnel['stages'], title: string): Promise<Buffer>
  cohorts(rows: readonly CohortRow[], title: string): Promise<Buffer>
  /** Aborts the rendering in progress. May be called twice. */
  close(): Promise<void>
}

/** Starts no thread before the first chart. */
export function createCharts(options: RendererOptions = {}): Charts {
  const { render, close } = createRenderer(options)
  return {
    daily: async (days, title) => render(dailyChart(days, title)),
    funnel: async (stages, title) => render(funnelChart(stages, title)),
    cohorts: async (rows, title) => render(cohortsChart(rows, title)),
    close,
  }
}
