import { adviseOn } from '../../analytics/advice.ts'
import { type Change, showChange } from '../../analytics/change.ts'
import { summaryNumbers } from '../../analytics/dictionary.ts'
import { type Digest, type DigestChanges, digestChanges } from '../../analytics/digest.ts'
import { count, rub } from '../../analytics/show.ts'
import { daysTitle } from '../admin/period-title.ts'
import { type Html, html, joinHtml } from '../html.ts'
import { adviceText, reasonName, texts } from './texts.ts'

/** Queries that are named; the others are part of the GMV at stake. */
const namedQueries = 3
const longestQuery = 40

/** The week in at most ten lines: each number with its change in words, what was missed, the one thing to do. */
export function digestBlock(digest: Digest): Html {
  const { now, period, compared, missing, gmvAtStake, ratings, days } = digest
  const changes = digestChanges(digest)
  const { summary } = now
  const withChange = (value: string, key: keyof DigestChanges) => `${value}${inWords(changes?.[key])}`
  const shownOf = (key: string) => summaryNumbers.find(number => number.key === key)?.show(summary) ?? ''
  const rated = ratings.up + ratings.down
  const cut = (query: string) => (query.length > longestQuery ? `${query.slice(0, longestQuery)}…` : query)
  const queries = missing.slice(0, namedQueries).map(({ query, users }) => texts.missingQuery(cut(query), users))
  const reasons = ratings.reasons.map(({ reason, carts }) => `${reasonName(reason).toLowerCase()} ${count(carts)}`)

  const lines: Html[] = [
    html`<b>${texts.title(daysTitle(period), typeof compared === 'string' ? null : daysTitle(compared.periods.before))}</b>`,
    html`${texts.newUsers}: ${withChange(shownOf('new_users'), 'new_users')}; ${texts.active}: ${withChange(shownOf('active_users'), 'active_users')}`,
    html`${texts.firstCarts}: ${withChange(count(now.firstCarts), 'first_carts')}`,
    html`${texts.gmv}: ${withChange(rub(summary.gmv), 'gmv')}`,
    html`${texts.costPerCart}: ${withChange(rub(digest.costPerCart), 'cost_per_cart')}`,
    html`${texts.errors}: ${withChange(shownOf('errors'), 'errors')}`,
    ...(queries.length === 0
      ? []
      : [html`${texts.missing(queries.join(', '), gmvAtStake === null ? null : rub(Math.round(gmvAtStake)))}`]),
    ...(ratings.down === 0 ? [] : [html`${texts.ratings(ratings.down, rated, reasons.join(', '))}`]),
    ...(days.soft + days.hard === 0 ? [] : [html`${texts.caps(days.soft, days.hard)}`]),
    html`<b>${texts.toDo}:</b> ${adviceText(adviseOn(digest))}`,
  ]
  return joinHtml(lines, '\n')
}

/** « ▲ 12 %», « ≈ в пределах шума»; nothing where there is nothing to compare with. */
const inWords = (change: Change | undefined): string =>
  change === undefined || change.kind === 'none' ? '' : ` ${showChange(change)}`
