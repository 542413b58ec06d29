import { createRequire } from 'node:module'
import { renderAsync } from '@resvg/resvg-js'
import type { CohortRow, DailyRow, Funnel } from '../numbers.ts'
import { cohortsChart } from './cohorts-chart.ts'
import { dailyChart } from './daily-chart.ts'
import { funnelChart } from './funnel-chart.ts'

/** Pictures for the chat as PNG, 1080 px wide. Drawn off the main thread. */
export interface Charts {
  daily(days: readonly DailyRow[], title: string): Promise<Buffer>
  funnel(stages: Funnel['stages'], title: string): Promise<Buffer>
  cohorts(rows: readonly CohortRow[], title: string): Promise<Buffer>
}

/** Inter (OFL) comes with the bot: a server has no fonts of its own. */
const fontFiles = ['400Regular/Inter_400Regular.ttf', '700Bold/Inter_700Bold.ttf'].map(file =>
  createRequire(import.meta.url).resolve(`@expo-google-fonts/inter/${file}`),
)

export function createCharts(): Charts {
  const draw = async (svg: string): Promise<Buffer> => {
    const image = await renderAsync(svg, { font: { fontFiles, loadSystemFonts: false, defaultFontFamily: 'Inter' } })
    return image.asPng()
  }
  return {
    daily: (days, title) => draw(dailyChart(days, title)),
    funnel: (stages, title) => draw(funnelChart(stages, title)),
    cohorts: (rows, title) => draw(cohortsChart(rows, title)),
  }
}
