import { InputFile } from 'grammy'
import type { Period } from '../../analytics/period.ts'
import type { CommandHandler } from '../commands.ts'
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

export type AdminReports = Record<
  'analytics' | 'funnel' | 'cohorts' | 'sources' | 'searches' | 'pitch' | 'survey',
  CommandHandler
>

/** Reports in the chat. The text goes first; a picture follows, and its failure costs only itself. */
export function createAdminReports({ analytics, charts, log, orderShare, hasDemoHistory }: Deps): AdminReports {
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
  const framed = (title: string) => ({ title, today: analytics.today() })
  const badPeriod = (ctx: BotContext) => reply(ctx, texts.badPeriod(ctx.command?.name ?? ''))
  const withPeriod =
    (answer: (period: Period) => Promise<Html>): CommandHandler =>
    async ctx => {
      const period = readPeriod(payloadOf(ctx), analytics.today())
      await (period === null ? badPeriod(ctx) : reply(ctx, await answer(period)))
    }

  return {
    analytics: async ctx => {
      const period = readPeriod(payloadOf(ctx), analytics.today(), 'today')
      if (period === null) return badPeriod(ctx)
      const [summary, funnel, days] = await Promise.all([
        analytics.summary(period),
        analytics.funnel(period),
        analytics.daily(period),
      ])
      await reply(ctx, analyticsBlock(summary, funnel))
      // a picture of years would show nothing: the last one, under its own name
      const shown = days.slice(-longestPicture)
      const shownPeriod = { ...period, from: shown[0]?.date ?? period.from }
      await picture(ctx, texts.chart.daily, () => charts.daily(shown, framed(`Аналитика ${periodTitle(shownPeriod)}`)))
    },
    funnel: async ctx => {
      const { period, source } = readPeriodAndSource(payloadOf(ctx), analytics.today())
      if (source === undefined) return reply(ctx, texts.badSource)
      if (period === null) return badPeriod(ctx)
      const funnel = await analytics.funnel(period, source)
      await reply(ctx, funnelBlock(funnel))
      await picture(ctx, texts.chart.funnel, () => charts.funnel(funnel, framed(funnelTitle(funnel))))
    },
    cohorts: async ctx => {
      const period = readWeeks(payloadOf(ctx), analytics.today())
      if (period === null) return reply(ctx, texts.badWeeks)
      const rows = await analytics.cohorts(period)
      await reply(ctx, cohortsBlock(rows))
      await picture(ctx, texts.chart.cohorts, () => charts.cohorts(rows, framed(`Когорты ${periodTitle(period)}`)))
    },
    sources: withPeriod(async period => sourcesBlock(period, await analytics.sources(period))),
    searches: withPeriod(async period => searchesBlock(await analytics.searches(period))),
    pitch: withPeriod(async period => pitchBlock(await analytics.pitch(period, orderShare))),
    survey: async ctx => reply(ctx, surveyBlock(await analytics.survey(await analytics.everything()))),
  }
}

const payloadOf = (ctx: BotContext): string => ctx.command?.payload ?? ''
