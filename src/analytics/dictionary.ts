import { amountChange, type Change, countChange, shareChange } from './change.ts'
import type { Funnel, FunnelStage, Returned, Summary } from './numbers.ts'
import { lengthOf } from './period.ts'
import { type NumberFormat, none, ratio, russianFormat } from './show.ts'

/** Name, meaning, unit and format of one number of the product: their only source. */
export interface NumberDefinition {
  /** Column of `analytics.summary`, or the prefix of the pair of columns that make it. */
  key: string
  /** Name in the chat and in the report. */
  label: string
  unit: 'users' | 'users a day' | 'share' | 'carts' | 'carts a user' | '₽' | '₽ a user' | 'tokens' | 'errors'
  group: 'Пользователи' | 'Корзины' | 'Расходы' | 'Ошибки'
  definition: string
  /** Query for any SQL client. */
  sql: string
  show: (summary: Summary, format?: NumberFormat) => string
  /** How it differs between two periods of equal length. */
  change: (now: Summary, before: Summary) => Change
}

const summaryOf = (column: string) => `select ${column} from analytics.summary(from, to)`
const returned = ({ returned, cohort }: Returned, { percent, count }: NumberFormat) =>
  cohort === 0 ? none : `${percent(returned / cohort)} (n=${count(cohort)})`

type CountKey = 'new_users' | 'active_users' | 'carts' | 'messages'
type AmountKey = 'avg_cart' | 'gmv' | 'carts_per_user' | 'tokens' | 'cost_rub' | 'cost_per_user'
const countOf = (key: CountKey) => (now: Summary, before: Summary) => countChange(now[key], before[key])
/** A sum or mean made of as many things as the second number counts. */
const amountOf = (key: AmountKey, things: CountKey) => (now: Summary, before: Summary) =>
  amountChange({ amount: now[key], n: now[things] }, { amount: before[key], n: before[things] })
const dauOf = (summary: Summary) => ({
  amount: summary.dau_avg,
  n: Math.round(summary.dau_avg * lengthOf(summary)),
})
const returnedOf = ({ returned, cohort }: Returned) => ({ n: returned, of: cohort })
const errorsOf = ({ errors, messages }: Summary) => ({ n: errors, of: messages })

/** The numbers of a period, in the order in which they are shown. */
export const summaryNumbers: readonly NumberDefinition[] = [
  {
    key: 'new_users',
    label: 'Новых',
    unit: 'users',
    group: 'Пользователи',
    definition: 'Users whose first-ever /start is in the period. One who comes back after erasure is not new.',
    sql: summaryOf('new_users'),
    show: (s, { count } = russianFormat) => count(s.new_users),
    change: countOf('new_users'),
  },
  {
    key: 'dau_avg',
    label: 'DAU (средний)',
    unit: 'users a day',
    group: 'Пользователи',
    definition:
      'Mean over the finished days of the period of the users with a session_start on that day; a day without any counts 0. For today alone, its users so far.',
    sql: summaryOf('dau_avg'),
    show: (s, { mean } = russianFormat) => mean(s.dau_avg),
    change: (now, before) => amountChange(dauOf(now), dauOf(before)),
  },
  {
    key: 'active_users',
    label: 'Активных',
    unit: 'users',
    group: 'Пользователи',
    definition: 'Distinct users with a session_start in the period.',
    sql: summaryOf('active_users'),
    show: (s, { count } = russianFormat) => count(s.active_users),
    change: countOf('active_users'),
  },
  {
    key: 'retention_d1',
    label: 'Retention D1',
    unit: 'share',
    group: 'Пользователи',
    definition:
      'Of the users new on day d, the share with a session_start on day d + 1; over every d whose day d + 1 lies in the period and is over. n is how many were new.',
    sql: summaryOf('retention_d1_returned, retention_d1_cohort'),
    show: (s, format = russianFormat) => returned(s.retention_d1, format),
    change: (now, before) => shareChange(returnedOf(now.retention_d1), returnedOf(before.retention_d1)),
  },
  {
    key: 'retention_d7',
    label: 'Retention D7',
    unit: 'share',
    group: 'Пользователи',
    definition: 'The same for day d + 7.',
    sql: summaryOf('retention_d7_returned, retention_d7_cohort'),
    show: (s, format = russianFormat) => returned(s.retention_d7, format),
    change: (now, before) => shareChange(returnedOf(now.retention_d7), returnedOf(before.retention_d7)),
  },
  {
    key: 'carts',
    label: 'Создано',
    unit: 'carts',
    group: 'Корзины',
    definition:
      'Number of carts: cart_created with revision 0. A correction of a cart within 30 minutes is a version of it, no cart.',
    sql: summaryOf('carts'),
    show: (s, { count } = russianFormat) => count(s.carts),
    change: countOf('carts'),
  },
  {
    key: 'avg_cart',
    label: 'Средний чек',
    unit: '₽',
    group: 'Корзины',
    definition: 'GMV divided by the number of carts whose sum is known: that of the latest version.',
    sql: summaryOf('avg_cart'),
    show: (s, { rub } = russianFormat) => rub(s.avg_cart),
    change: amountOf('avg_cart', 'carts'),
  },
  {
    key: 'gmv',
    label: 'GMV (оценка)',
    unit: '₽',
    group: 'Корзины',
    definition:
      'Sum of total_sum of the latest version of each cart, on the day the cart was made; one whose sum is unknown adds nothing. An estimate: the bot cannot know whether a cart was opened, ordered or changed.',
    sql: summaryOf('gmv'),
    show: (s, { rub } = russianFormat) => rub(s.gmv),
    change: amountOf('gmv', 'carts'),
  },
  {
    key: 'carts_per_user',
    label: 'Ср. корзин/юзер',
    unit: 'carts a user',
    group: 'Корзины',
    definition: 'Carts divided by the active users.',
    sql: summaryOf('carts_per_user'),
    show: (s, { mean } = russianFormat) => mean(s.carts_per_user),
    change: amountOf('carts_per_user', 'carts'),
  },
  {
    key: 'tokens',
    label: 'Токенов',
    unit: 'tokens',
    group: 'Расходы',
    definition: 'Billable tokens of the language model, those served from its cache left out.',
    sql: summaryOf('tokens'),
    show: (s, { short } = russianFormat) => short(s.tokens),
    change: amountOf('tokens', 'messages'),
  },
  {
    key: 'cost_rub',
    label: 'Стоимость API',
    unit: '₽',
    group: 'Расходы',
    definition: 'Billable tokens times the price of the model on that day.',
    sql: summaryOf('cost_rub'),
    show: (s, { rub } = russianFormat) => rub(s.cost_rub),
    change: amountOf('cost_rub', 'messages'),
  },
  {
    key: 'cost_per_user',
    label: 'На пользователя',
    unit: '₽ a user',
    group: 'Расходы',
    definition: 'Cost of the language model divided by the active users.',
    sql: summaryOf('cost_per_user'),
    show: (s, { rub } = russianFormat) => rub(s.cost_per_user),
    change: amountOf('cost_per_user', 'active_users'),
  },
  {
    key: 'errors',
    label: 'Ошибки',
    unit: 'errors',
    group: 'Ошибки',
    definition:
      'Number of bot_error, which is one a message at most, and its share of the messages handled. Failures of commands and buttons are no part of it: bot_updates_total counts them, by type.',
    sql: summaryOf('errors, messages, error_share'),
    show: (s, { count, percent } = russianFormat) => `${count(s.errors)} (${percent(s.error_share)} запросов)`,
    change: (now, before) => shareChange(errorsOf(now), errorsOf(before)),
  },
]

/** Labels of the funnel steps in the chat and in reports. */
export const stageLabels: Readonly<Record<FunnelStage, string>> = {
  start: '/start',
  message: 'сообщение',
  search: 'поиск',
  cart: 'корзина',
  limit: 'лимит',
  survey: 'survey',
}

export const funnelDefinition =
  'Users who did the step after the one before it, within the period, beginning with a /start in the period: start → message (session_start) → search → cart (a new one) → limit → survey. Percent of the previous step, so never above 100. A source narrows it to users whose first-ever /start came from there.'

export const funnelOpenDefinition =
  'Users of the funnel whose conversion window is still running: FUNNEL_WINDOW_DAYS (7) calendar days, of which the day of their first /start in the period is the first.'

/** What «▲ 12 %» beside a number means, as lines of docs/metrics.md. */
export const changeDefinition = [
  'Beside each number stands how it differs from the same number of the period before, of equal length. The running day is no part',
  'of it: of a period of n days that ends today, days 1 to n-1 are compared with days 1 to n-1 of the n days before it, and today',
  'alone is not compared. Nothing is compared with days whose events are not all kept.',
  '',
  '- ▲ ▼: the 95 % intervals of both do not overlap; the percentage is that of the number, also of a share (10 % to 12 % is ▲ 20 %).',
  '- ≈: they overlap, the difference is within the noise.',
  '',
  'Counts have the exact Poisson interval, shares Wilson’s (of errors the share is compared); sums and means of ₽ and tokens an interval as wide, in proportion, as',
  'that of the number of carts, messages or users they are made of.',
] as const

/** Each step with its share of the previous and of the first step; null where that step has no users. */
export const funnelShares = ({ stages }: Pick<Funnel, 'stages'>) =>
  stages.map(({ stage, users }, i) => ({
    stage,
    users,
    ofPrevious: i === 0 ? null : ratio(users, stages[i - 1]?.users ?? 0),
    ofFirst: ratio(users, stages[0]?.users ?? 0),
  }))

/** Meaning of the rows and columns of one table of numbers. */
export interface TableDefinition {
  /** Function or view of the schema `analytics`. */
  name: string
  kind: 'function' | 'view'
  label: string
  sql: string
  row: string
  columns: Readonly<Record<string, string>>
}

const dayColumns = {
  new_users: 'Users whose first-ever /start is on that day.',
  dau: 'Users with a session_start on that day.',
  sessions: 'Number of session_start: a message after 30 minutes without one.',
  carts: 'Number of carts: cart_created with revision 0.',
  gmv: 'Sum of total_sum of the latest version of those carts, whenever it was made; an estimate.',
  searches: 'Number of product_search.',
  errors: 'Number of bot_error: messages that failed.',
  messages: 'Messages handled.',
  llm_calls: 'Calls of the language model.',
  tokens: 'Billable tokens of the language model, those served from its cache left out.',
  cost_rub: 'Billable tokens times the price of the model on that day.',
} as const

export const tableNumbers: readonly TableDefinition[] = [
  {
    name: 'daily',
    kind: 'view',
    label: 'По дням',
    sql: 'select * from analytics.daily',
    row: 'One row for each day since the first with any event. The table `daily_stats` holds the same.',
    columns: { date: 'Day of ANALYTICS_TZ.', ...dayColumns },
  },
  {
    name: 'daily_by_source',
    kind: 'view',
    label: 'По дням и источникам',
    sql: 'select * from analytics.daily_by_source',
    row: 'One row for each day and source of the first-ever /start (users who never sent one count as organic).',
    columns: {
      day: 'Day of ANALYTICS_TZ.',
      source: 'Source of the first-ever /start of these users.',
      ...dayColumns,
      priced_carts: 'Carts whose sum is known, by the latest version.',
      labelled_carts: 'Carts whose link carries a partner mark (affiliate_tag), by the latest version.',
      first_carts: 'Users whose first cart is on that day.',
      buyers: 'Users who made a cart on that day.',
    },
  },
  {
    name: 'sources',
    kind: 'function',
    label: 'Источники',
    sql: 'select * from analytics.sources(from, to)',
    row: 'One row for each source of the first-ever /start (users who never sent one count as organic).',
    columns: {
      users: 'Users with any event in the period.',
      new_users: 'Users whose first-ever /start is in the period.',
      with_cart: 'Users who made a cart in the period.',
      first_carts: 'Users whose first cart is in the period.',
      carts: 'Number of carts made in the period: cart_created with revision 0.',
      gmv: 'Sum of total_sum of the latest version of those carts, an estimate.',
      cost_rub: 'Cost of the language model for these users in the period.',
    },
  },
  {
    name: 'campaigns',
    kind: 'function',
    label: 'Кампании',
    sql: 'select * from analytics.campaigns(from, to)',
    row: 'One row for each campaign: a link t.me/BOT?start=SLUG that an administrator made or claimed. A slug that was claimed later has its whole past, without users erased before. Its users are those whose first-ever /start had the slug; the source is independent of it.',
    columns: {
      campaign: 'The slug.',
      price_rub: 'What the publication cost; null when it was not given.',
      starts: 'Every /start with the slug in the period, also of users known before.',
      new_users: 'Users whose first-ever /start is in the period and had the slug.',
      first_carts: 'Users of the campaign whose first cart is in the period.',
      carts: 'Number of carts that users of the campaign made in the period: cart_created with revision 0.',
      gmv: 'Sum of total_sum of the latest version of those carts, an estimate.',
      messages: 'Messages of users of the campaign in the period.',
      cost_rub: 'Cost of the language model for users of the campaign in the period.',
      total_new_users: 'new_users from the beginning to the end of the period, as all columns total_….',
      total_first_carts: 'What the price was paid for: price_rub divided by it is the price of a first cart.',
      total_gmv: 'gmv from the beginning to the end of the period.',
      total_cost_rub: 'cost_rub from the beginning to the end of the period.',
    },
  },
  {
    name: 'funnel_window',
    kind: 'function',
    label: 'Воронка с окном',
    sql: 'select * from analytics.funnel_window(from, to, source, days)',
    row: 'One row for each step of the funnel, of the users whose conversion window is over: who came how far within it.',
    columns: {
      users:
        'Users whose first /start in the period is at least that many days ago (7 when left out) and who did the step, after the one before it, within as many calendar days, the day of the /start included; also after the end of the period.',
    },
  },
  {
    name: 'churn',
    kind: 'function',
    label: 'Уход',
    sql: 'select * from analytics.churn(from, to)',
    row: 'One row for each day, source of the first-ever /start and step on which users blocked the bot in Telegram or let it in again. A block is known from Telegram, or from a message that it refused to deliver.',
    columns: {
      step: 'The furthest step of the funnel that the user had reached: none, start, message, search, cart, limit, survey.',
      blocks: 'Users who blocked the bot.',
      unblocks: 'Users who let it in again, or wrote again.',
    },
  },
  {
    name: 'cohorts',
    kind: 'function',
    label: 'Когорты',
    sql: 'select * from analytics.cohorts(from, to)',
    row: 'One row for each week (from Monday) with users new in the period.',
    columns: {
      week: 'Monday of the week.',
      size: 'Users whose first-ever /start is in that week and in the period.',
      active:
        'How many of them had a session_start, from the day of their first /start on, in that week, in the next one, and so on to the end of the period.',
    },
  },
  {
    name: 'retention',
    kind: 'function',
    label: 'Retention по дням',
    sql: 'select * from analytics.retention(from, to)',
    row: 'One row for each day of the period.',
    columns: {
      cohort: 'Users whose first-ever /start is on that day.',
      d1: 'How many of them had a session_start on the next day; null when that day is not over or not in the period.',
      d7: 'The same for the seventh day.',
    },
  },
  {
    name: 'survey',
    kind: 'function',
    label: 'Опрос',
    sql: 'select * from analytics.survey(to)',
    row: 'One row for each pair of answers given until the end of the period, separate for answers that count for PMF and the others. Only users with a cart are asked and counted.',
    columns: {
      in_pmf:
        'Whether the user knows the bot well enough for PMF: at least two carts before the answer, and a session_start on its day or one of the 29 days before.',
      answers: 'Number of survey_completed of users with a cart.',
      score: 'Of the answers in PMF, the share of «very», with its 95 % Wilson interval.',
    },
  },
  {
    name: 'cart_ratings',
    kind: 'function',
    label: 'Оценки корзин',
    sql: 'select * from analytics.cart_ratings(from, to)',
    row: 'One row for each prompt version, rating and reason given in the period. A cart has one rating, the latest.',
    columns: {
      prompt_version: 'Of the prompt that made the cart; null when it is not known.',
      rating: '`up` or `down`.',
      reason: 'Of `down`: expensive, wrong, missing, extra, other; null when none was chosen.',
      carts: 'Carts so rated. The share of `up` is that of all rated carts, so most carts are in none.',
    },
  },
  {
    name: 'unit_economics',
    kind: 'function',
    label: 'Экономика',
    sql: 'select * from analytics.unit_economics(from, to)',
    row: 'One row for all users, one for each source, campaign and week of the first-ever /start, with what they did in the period.',
    columns: {
      dimension: '`all`, `source`, `campaign` or `cohort`.',
      key: '`all`, the source, the campaign, the Monday of the week of the first-ever /start (`none`: without one).',
      carts: 'Number of carts: cart_created with revision 0.',
      labelled_carts: 'Carts whose link carries a partner mark (affiliate_tag), by the latest version.',
      gmv: 'Sum of total_sum of the latest version of those carts, an estimate.',
      cost_rub: 'Cost of the language model for these users in the period, in kopecks.',
      income:
        'GMV × share of carts with a partner mark × AFFILIATE_PERCENT × ORDER_CONVERSION_PERCENT, an assumption; null while AFFILIATE_PERCENT is not set. `income_low`, `income_high`: with the limits of the 95 % Wilson interval of the share, and with half and one and a half times the assumed share of orders.',
      margin: 'Income minus the cost of the language model, `margin_low` and `margin_high` likewise.',
    },
  },
  {
    name: 'missing_searches',
    kind: 'function',
    label: 'Не находится',
    sql: 'select * from analytics.missing_searches(from, to)',
    row: 'One row for each query that found nothing for at least three users in the period. GMV at stake in the digest: these users times the average cart of the period, at most what they would have bought; whether they bought something else is not known.',
    columns: {
      users: 'Distinct users for whom it found nothing.',
      empty: 'Searches that found nothing.',
    },
  },
  {
    name: 'errors',
    kind: 'function',
    label: 'Ошибки по видам',
    sql: 'select * from analytics.errors(from, to)',
    row: 'One row for each kind of failure with a message that failed in the period. The errors add up to those of the period; failed_users(from, to) counts the distinct users of all kinds, last_errors(from, to) returns the newest with their request codes.',
    columns: {
      error_type: 'Of bot_error: RateLimitError, TimeoutError, MCPError, Unknown.',
      upstream:
        'The service that failed, which is the first word of the error_message; bot if the failure was of none.',
      errors: 'Number of bot_error.',
      users: 'Distinct users with such a failure.',
      first_at: 'Time of the first event that is still stored; those of erased users are not.',
      last_at: 'Time of the last one.',
    },
  },
  {
    name: 'experiment',
    kind: 'function',
    label: 'Версии подсказки',
    sql: 'select * from analytics.experiment(from, to)',
    row: 'One row for each version of the prompt that answered in the period, the one with the most users first. Of the last 62 days: for longer it is not stored what each user got. Users who erased their data are left out. Carts per session, 👍 share, ₽ per cart and turns per message are ratios of its columns; their intervals are those of the spread between users, from the columns of squares and products.',
    columns: {
      first_day: 'The first day in the period on which it answered; last_day the last.',
      sessions: 'Sessions in which it answered; one that two versions answered counts for both.',
      messages: 'Messages it answered.',
      turns: 'Model calls for them, and cost_rub their cost.',
      carts: 'New carts it made: cart_created with revision 0.',
      rated: 'Ratings given in the period to carts it made, and up those of them that are 👍.',
    },
  },
  {
    name: 'searches',
    kind: 'function',
    label: 'Поиск',
    sql: 'select * from analytics.searches(from, to)',
    row: 'One row for each query that at least three users searched for in the period.',
    columns: {
      searches: 'Number of product_search with that query.',
      users: 'Distinct users who searched for it.',
      empty: 'Searches without a result.',
    },
  },
]
