import type { CampaignReportRow, CampaignsReport } from '../../analytics/campaigns-report.ts'
import { type Change, showShortChange } from '../../analytics/change.ts'
import { count, none, percent, rub } from '../../analytics/show.ts'
import { periodTitle } from '../admin/period-title.ts'
import { type Html, html, joinHtml } from '../html.ts'
import { texts } from './texts.ts'

/** One block a link, those with a /start in the period; then the idle ones by name, then slugs that can be claimed. */
export function campaignsBlock(
  { period, campaigns, unclaimed }: CampaignsReport,
  linkOf: (slug: string) => string,
  today: string,
): Html {
  const isIdle = ({ starts, new_users, carts }: CampaignReportRow) => starts + new_users + carts === 0
  const idle = campaigns.filter(isIdle).map(({ name }) => `«${name}»`)
  const foreign = unclaimed.map(({ slug, users, starts }) => texts.unclaimed(slug, users, starts))
  return joinHtml(
    [
      html`<b>🔗 Ссылки ${periodTitle(period, today)}</b>`,
      ...(campaigns.length === 0 ? [texts.noLinks] : []),
      ...campaigns.filter(row => !isIdle(row)).map(row => campaignBlock(row, linkOf(row.campaign))),
      ...(idle.length === 0 ? [] : [html`${texts.idle(idle.join(', '))}`]),
      ...(campaigns.length === 0 ? [] : [texts.notes]),
      ...(foreign.length === 0 ? [] : [joinHtml([texts.unclaimedTitle, ...foreign, texts.unclaimedNote], '\n')]),
    ],
    '\n\n',
  )
}

function campaignBlock(row: CampaignReportRow, link: string): Html {
  const { changes, price_rub, price_per_first_cart, gmv_per_rub, payback } = row
  const lines = [
    line('Запусков', count(row.starts), changes.starts),
    line('Новых людей', count(row.new_users), changes.new_users),
    line('Первых корзин', count(row.first_carts), changes.first_carts),
    line('GMV (оценка)', rub(row.gmv), changes.gmv),
    line('Модель', rub(row.cost_rub), changes.cost_rub),
    ...(price_rub === null
      ? []
      : [
          line('Стоимость', rub(price_rub)),
          line('Цена первой', rub(price_per_first_cart)),
          line('GMV на 1 ₽', rub(gmv_per_rub)),
          ...(payback === null ? [] : [line('Окупилось', percent(payback))]),
        ]),
  ]
  return html`<b>${row.name}</b>\n<a href="${link}">${row.campaign}</a>\n<pre>${lines.join('\n')}</pre>`
}

function line(label: string, value: string, change?: Change): string {
  const shown = change === undefined ? none : showShortChange(change)
  return `${`${label}:`.padEnd(14)} ${value.padStart(9)}${shown === none ? '' : `  ${shown}`}`
}
