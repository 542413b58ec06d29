import type { Analytics } from '../../analytics/analytics.ts'
import { readCampaignsReport } from '../../analytics/campaigns-report.ts'
import type { Charts } from '../../analytics/charts/charts.ts'
import type { MoneyAssumptions, SavedCampaign } from '../../analytics/numbers.ts'
import { sources } from '../../events/catalogue.ts'
import type { Log } from '../../telemetry/log.ts'
import { readPeriod } from '../admin/read-arguments.ts'
import { type AdminReportIn, periodButtons } from '../admin/report-buttons.ts'
import { texts as adminTexts } from '../admin/texts.ts'
import type { CommandTable } from '../commands.ts'
import type { BotContext } from '../context.ts'
import { html, joinHtml } from '../html.ts'
import { reply } from '../reply.ts'
import { sendPicture } from '../send-picture.ts'
import { campaignsBlock } from './campaigns-block.ts'
import type { LinkProblem } from './read-link.ts'
import { texts } from './texts.ts'

export interface CampaignsDeps {
  analytics: Pick<Analytics, 'saveCampaign'> & Parameters<typeof readCampaignsReport>[0]
  money: MoneyAssumptions
  charts: Pick<Charts, 'link'>
  log: Log
}

const problems = {
  no_name: texts.noName,
  long_name: texts.longName,
  bad_price: texts.badPrice,
  bad_slug: texts.badSlug,
} satisfies Record<LinkProblem, unknown>

const linkTo = (ctx: BotContext, slug: string) => `https://t.me/${ctx.me.username}?start=${slug}`

/** What each link has brought. */
export const createLinksReport =
  ({ analytics, money }: Pick<CampaignsDeps, 'analytics' | 'money'>): AdminReportIn =>
  async (args, ctx) => {
    const period = readPeriod(args, analytics.today())
    if (period === null) return { text: adminTexts.badPeriod('admin_links') }
    const report = await readCampaignsReport(analytics, period, money)
    return { text: campaignsBlock(report, slug => linkTo(ctx, slug), analytics.today()), buttons: periodButtons() }
  }

/** The command that makes or claims a link by which users come. */
export function createCampaigns({ analytics, charts, log }: Omit<CampaignsDeps, 'money'>): CommandTable {
  const answerSaved = async (
    ctx: BotContext,
    { outcome, slug, name, price_rub }: SavedCampaign,
    mayHavePrice: boolean,
  ) => {
    if (outcome === 'taken') return reply(ctx, texts.taken(slug, name))
    if (outcome === 'other_slug') return reply(ctx, texts.otherSlug(slug, name))
    const row = (await analytics.campaigns(await analytics.everything())).find(({ campaign }) => campaign === slug)
    const hasPast = outcome === 'made' && row !== undefined && row.starts + row.total_new_users > 0
    const link = linkTo(ctx, slug)
    const lines = [
      html`🔗 <b>${name}</b>`,
      html`${link}`,
      texts.price(price_rub),
      texts.state[outcome],
      ...(hasPast ? [texts.past(row.total_new_users, row.starts)] : []),
      ...(sources.some(source => source === slug) ? [texts.isSource(slug)] : []),
      ...(mayHavePrice ? [texts.numberIsName] : []),
      price_rub === null ? texts.addPrice(name) : texts.numbers,
    ]
    await reply(ctx, joinHtml(lines, '\n'))
    await sendPicture(ctx, { caption: texts.qr, draw: () => charts.link(link, name) }, log)
  }

  return {
    admin_link: {
      menu: 'Ссылка для публикации и её QR-код',
      args: 'НАЗВАНИЕ [сумма ₽]',
      help: 'ссылка для публикации, её QR-код и стоимость',
      handle: async ctx => {
        // loads transliteration, which few processes need
        const { endsWithNumber, readLink } = await import('./read-link.ts')
        const asked = readLink(ctx.command?.payload ?? '')
        if (typeof asked === 'string') return reply(ctx, problems[asked])
        const saved = await analytics.saveCampaign({ ...asked, made_by: ctx.userId })
        log.info('admin_action', { command: 'admin_link', outcome: saved.outcome })
        return answerSaved(ctx, saved, asked.price_rub === null && endsWithNumber(saved.name))
      },
    },
  }
}
