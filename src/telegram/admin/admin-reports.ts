import { Composer, InputFile } from 'grammy'
import type { BotContext } from '../context.ts'
import type { Html } from '../html.ts'
import { inThread, reply, targetOf } from '../reply.ts'
import type { AdminDeps } from './admin-deps.ts'
import {
  analyticsBlock,
  cohortsBlock,
  funnelBlock,
  funnelTitle,
  periodTitle,
  pitchBlock,
  searchesBlock,
  sourcesBlock,
  surveyBlock,
} from './blocks.ts'
import { readPeriod, readPeriodAndSource, readWeeks } from './read-arguments.ts'
import { texts } from './texts.ts'

type Deps = Pick<AdminDeps, 'analytics' | 'charts' | 'log' | 'orderShare' | 'hasDemoHistory'>

const longestPicture = 366

/** Numbers in the chat. The text goes first; a picture follows when it is drawn, and its failure costs only itself. */
export function createAdminReports({ analytics, charts, log, orderShare, hasDemoHistory }: Deps): Composer<BotContext> {
  const composer = new Composer<BotContext>()
  const on = (name: string, answer: (ctx: BotContext, words: string) => Promise<unknown>) =>
    composer.filter(ctx => ctx.command?.name === name).use(ctx => answer(ctx, ctx.command?.payload ?? ''))
  const picture = async (ctx: BotContext, caption: string, draw: () => Promise<Buffer>) => {
    try {
      const target = targetOf(ctx)
      await ctx.api.sendPhoto(target.chatId, new InputFile(await draw(), 'chart.png'), {
        ...inThread(target),
        caption: hasDemoHistory ? `${caption}. ${texts.chart.demo}` : caption,
      })
    } catch (err) {
      log.warn('maintenance_failed', { task: 'chart', err })
    }
  }
  const withPeriod =
    (name: string, answer: (period: { from: string; to: string }) => Promise<Html>) =>
    async (ctx: BotContext, words: string) => {
      const period = readPeriod(words, analytics.today())
      await reply(ctx, period === null ? texts.badPeriod(name) : await answer(period))
    }

  on('admin_analytics', async (ctx, words) => {
    const period = readPeriod(words, analytics.today(), 'today')
    if (period === null) return reply(ctx, texts.badPeriod('admin_analytics'))
    const [summary, funnel, days] = await Promise.all([
      analytics.summary(period),
      analytics.funnel(period),
      analytics.daily(period),
    ])
    await reply(ctx, analyticsBlock(summary, funnel))
    // a picture of years would show nothing: the last one, under its own name
    const shown = days.slice(-longestPicture)
    const shownPeriod = { ...period, from: shown[0]?.date ?? period.from }
    await picture(ctx, texts.chart.daily, () => charts.daily(shown, `Аналитика ${periodTitle(shownPeriod)}`))
  })
  on('admin_funnel', async (ctx, words) => {
    const { period, source } = readPeriodAndSource(words, analytics.today())
    if (source === undefined) return reply(ctx, texts.badSource)
    if (period === null) return reply(ctx, texts.badPeriod('admin_funnel'))
    const funnel = await analytics.funnel(period, source)
    await reply(ctx, funnelBlock(funnel))
    await picture(ctx, texts.chart.funnel, () => charts.funnel(funnel.stages, funnelTitle(funnel)))
  })
  on('admin_cohorts', async (ctx, words) => {
    const period = readWeeks(words, analytics.today())
    if (period === null) return reply(ctx, texts.badWeeks)
    const rows = await analytics.cohorts(period)
    await reply(ctx, cohortsBlock(rows))
    await picture(ctx, texts.chart.cohorts, () => charts.cohorts(rows, `Когорты ${periodTitle(period)}`))
  })
  on(
    'admin_sources',
    withPeriod('admin_sources', async period => sourcesBlock(period, await analytics.sources(period))),
  )
  on(
    'admin_searches',
    withPeriod('admin_searches', async period => searchesBlock(await analytics.searches(period))),
  )
  on(
    'admin_pitch',
    withPeriod('admin_pitch', async period => pitchBlock(await analytics.pitch(period, orderShare))),
  )
  on('admin_survey', async ctx => reply(ctx, surveyBlock(await analytics.survey(await analytics.everything()))))
  return composer
}
