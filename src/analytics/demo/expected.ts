import { type Source, sources } from '../../events/catalogue.ts'
import type { MissingSearchRow } from '../digest-numbers.ts'
import type {
  CampaignRow,
  ChurnRow,
  CohortRow,
  DailyRow,
  ErrorRow,
  Funnel,
  FunnelWindow,
  RetentionRow,
  SearchRow,
  SourceRow,
  Summary,
  SurveyNumbers,
  UnitEconomics,
} from '../numbers.ts'
import { addDays, lengthOf, mondayOf, type Period } from '../period.ts'
import type { Calendar } from './calendar.ts'
import { demoCampaigns } from './campaigns.ts'
import { emptyDay, emptySource } from './empty-rows.ts'
import { createExpectedCampaigns } from './expected-campaigns.ts'
import { createExpectedChurn } from './expected-churn.ts'
import { createExpectedErrors } from './expected-errors.ts'
import { createExpectedFunnels } from './expected-funnel.ts'
import { createExpectedMoney } from './expected-money.ts'
import type { Life, LifeEvent } from './life.ts'
import { isNewCart, latestSums } from './life-carts.ts'

/** Expected answer of every report for one period. */
export interface ExpectedNumbers {
  summary: Summary
  funnel: Funnel
  funnel_by_source: Funnel[]
  funnel_window: FunnelWindow
  sources: SourceRow[]
  campaigns: CampaignRow[]
  churn: ChurnRow[]
  cohorts: CohortRow[]
  retention: RetentionRow[]
  daily: DailyRow[]
  survey: Pick<SurveyNumbers, 'answers' | 'pmf' | 'others' | 'useful'>
  searches: SearchRow[]
  missing_searches: MissingSearchRow[]
  money: UnitEconomics
  errors: { users: number; kinds: ErrorRow[] }
}

/**
 * Calculates the expected answers from a generated history by the definitions of the dictionary, life by life and without
 * SQL. Returns on `today`, which is not over, are not counted.
 */
export function createExpectedNumbers(calendar: Calendar, period: Period, today: string) {
  const [from, to] = [calendar.indexOf(period.from), calendar.indexOf(period.to)]
  const days = to - from + 1
  const over = Math.min(to, calendar.indexOf(today) - 1)
  const dayOf = (event: LifeEvent) => calendar.indexAt(event.at)
  const within = (day: number) => day >= from && day <= to

  const daily = Array.from({ length: days }, (_, i) => emptyDay(addDays(period.from, i)))
  const retention = Array.from({ length: days }, (_, i) => ({ cohort: 0, d1: 0, d7: 0, day: addDays(period.from, i) }))
  const came = { d1: { returned: 0, cohort: 0 }, d7: { returned: 0, cohort: 0 } }
  const cohorts = new Map<string, CohortRow>()
  const bySource = new Map<Source, SourceRow & { gmvCents: number; costMicro: number }>()
  const funnels = createExpectedFunnels(calendar, period, today)
  const survey = {
    answers: 0,
    pmf: { very: 0, somewhat: 0, not: 0 },
    others: { very: 0, somewhat: 0, not: 0 },
    useful: { search: 0, recipe: 0, cart: 0, other: 0 },
  }
  const searches = new Map<string, { searches: number; empty: number; users: Set<number>; without: Set<number> }>()
  const errors = createExpectedErrors(event => within(dayOf(event)))
  const total = { active: 0, priced: 0, gmvCents: 0, costMicro: 0 }
  const dailyCents = daily.map(() => 0)
  const dailyMicro = daily.map(() => 0)
  const money = createExpectedMoney(calendar, period, demoCampaigns)
  const campaigns = createExpectedCampaigns(calendar, period, demoCampaigns)
  const churn = createExpectedChurn(calendar, period)

  const add = (life: Life) => {
    campaigns.add(life)
    churn.add(life)
    money.add(life)
    const newOn = life.startedAt === null || life.erasedBefore ? null : calendar.indexAt(life.startedAt)
    const inPeriod = life.events.filter(event => within(dayOf(event)))
    const sessionDays = new Set(life.events.filter(e => e.type === 'session_start').map(dayOf))
    const activeDays = new Set([...sessionDays].filter(within))
    const source = bySource.get(life.source) ?? emptySource(life.source)
    bySource.set(life.source, source)

    if (activeDays.size > 0) total.active++
    for (const day of activeDays) at(daily, day - from).dau++
    if (newOn !== null && within(newOn)) {
      at(daily, newOn - from).new_users++
      at(retention, newOn - from).cohort++
      source.new_users++
      addToCohort(newOn, sessionDays)
    }
    for (const [name, offset] of [
      ['d1', 1],
      ['d7', 7],
    ] as const) {
      const back = newOn === null ? null : newOn + offset
      if (newOn === null || back === null) continue
      if (back >= from && back <= over) {
        came[name].cohort++
        if (sessionDays.has(back)) came[name].returned++
      }
      if (within(newOn) && back <= over && sessionDays.has(back)) at(retention, newOn - from)[name]++
    }

    if (inPeriod.length > 0) source.users++
    if (inPeriod.some(isNewCart)) source.with_cart++
    const sums = latestSums(life.events)
    for (const event of inPeriod) addEvent(event, source, life.userId, sums)
    for (const event of life.events)
      if (event.type === 'survey_completed' && dayOf(event) <= to) addAnswer(event, sessionDays)
    for (const [day, usage] of life.usage) {
      if (!within(day)) continue
      const row = at(daily, day - from)
      row.messages += usage.messages
      row.tokens += usage.tokens
      dailyMicro[day - from] = (dailyMicro[day - from] ?? 0) + usage.costMicro
      total.costMicro += usage.costMicro
      source.costMicro += usage.costMicro
    }
    funnels.add(life.source, life.events)
    errors.add(life)
  }

  const addEvent = (
    event: LifeEvent,
    source: SourceRow & { gmvCents: number },
    userId: number,
    sums: Map<unknown, unknown>,
  ) => {
    const index = dayOf(event) - from
    const row = at(daily, index)
    if (event.type === 'session_start') row.sessions++
    if (event.type === 'bot_error') row.errors++
    if (event.type === 'product_search') {
      row.searches++
      const query = String(event.metadata.query).toLowerCase()
      const found = searches.get(query) ?? { searches: 0, empty: 0, users: new Set(), without: new Set() }
      searches.set(query, found)
      found.searches++
      found.users.add(userId)
      if (event.metadata.had_results === false) {
        found.empty++
        found.without.add(userId)
      }
    }
    if (isNewCart(event)) {
      row.carts++
      source.carts++
      if (event.metadata.cart_number === 1) source.first_carts++
      const sum = sums.get(event.metadata.cart_number)
      if (typeof sum !== 'number') return
      const cents = Math.round(sum * 100)
      total.priced++
      total.gmvCents += cents
      source.gmvCents += cents
      dailyCents[index] = (dailyCents[index] ?? 0) + cents
    }
  }
  const addAnswer = (event: LifeEvent, sessionDays: Set<number>) => {
    const { metadata } = event
    const day = dayOf(event)
    const recently = [...sessionDays].some(session => session <= day && session > day - 30)
    const inPmf = Number(metadata.carts_before_survey) >= 2 && recently
    if (inPmf) survey.answers++
    const group = inPmf ? survey.pmf : survey.others
    for (const key of ['very', 'somewhat', 'not'] as const) if (metadata.pmf === key) group[key]++
    for (const key of ['search', 'recipe', 'cart', 'other'] as const)
      if (metadata.useful_feature === key) survey.useful[key]++
  }
  const addToCohort = (newOn: number, sessionDays: Set<number>) => {
    const week = mondayOf(calendar.dayAt(newOn))
    const weeks = Math.floor((lengthOf({ from: week, to: period.to }) - 1) / 7) + 1
    const row = cohorts.get(week) ?? { week, size: 0, active: Array.from({ length: weeks }, () => 0) }
    cohorts.set(week, row)
    row.size++
    const monday = calendar.indexOf(week)
    const activeWeeks = new Set(
      [...sessionDays].filter(day => day >= newOn && day <= to).map(day => Math.floor((day - monday) / 7)),
    )
    for (const k of activeWeeks) row.active[k] = (row.active[k] ?? 0) + 1
  }
  const result = (): ExpectedNumbers => {
    for (const [i, row] of daily.entries()) {
      row.gmv = (dailyCents[i] ?? 0) / 100
      row.cost_rub = (dailyMicro[i] ?? 0) / 1e6
    }
    const sum = (key: 'new_users' | 'carts' | 'errors' | 'messages' | 'tokens') =>
      daily.reduce((n, row) => n + row[key], 0)
    const finished = daily.filter(row => row.date < today)
    const daysOfMean = finished.length === 0 ? daily : finished
    const gmv = total.gmvCents / 100
    const cost = total.costMicro / 1e6
    return {
      summary: {
        ...period,
        new_users: sum('new_users'),
        dau_avg: daysOfMean.reduce((n, row) => n + row.dau, 0) / daysOfMean.length,
        active_users: total.active,
        retention_d1: came.d1,
        retention_d7: came.d7,
        carts: sum('carts'),
        gmv,
        avg_cart: share(gmv, total.priced),
        carts_per_user: share(sum('carts'), total.active),
        tokens: sum('tokens'),
        cost_rub: cost,
        cost_per_user: share(cost, total.active),
        errors: sum('errors'),
        messages: sum('messages'),
        error_share: share(sum('errors'), sum('messages')),
      },
      funnel: funnels.funnelOf(null),
      funnel_by_source: sources.map(funnels.funnelOf),
      funnel_window: funnels.windowOf(null),
      sources: [...bySource.values()]
        .filter(row => row.users > 0)
        .sort((a, b) => b.users - a.users || (a.source < b.source ? -1 : 1))
        .map(({ gmvCents, costMicro, ...row }) => ({ ...row, gmv: gmvCents / 100, cost_rub: costMicro / 1e6 })),
      campaigns: campaigns.result(),
      churn: churn.result(),
      cohorts: [...cohorts.values()].sort((a, b) => (a.week < b.week ? -1 : 1)),
      retention: retention.map((row, i) => ({
        ...row,
        d1: from + i + 1 <= over ? row.d1 : null,
        d7: from + i + 7 <= over ? row.d7 : null,
      })),
      daily,
      survey,
      money: money.result(),
      errors: errors.result(),
      searches: [...searches]
        .map(([query, { users, searches, empty }]) => ({ query, searches, empty, users: users.size }))
        .filter(row => row.users >= 3)
        .sort((a, b) => b.searches - a.searches || (a.query < b.query ? -1 : 1)),
      missing_searches: [...searches]
        .map(([query, { without, empty }]) => ({ query, users: without.size, empty }))
        .filter(row => row.users >= 3)
        .sort((a, b) => b.users - a.users || (a.query < b.query ? -1 : 1)),
    }
  }
  return { add, result }
}

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole)

function at<T>(rows: readonly T[], index: number): T {
  const row = rows[index]
  if (row === undefined) throw new RangeError(`no row ${index}`)
  return row
}
