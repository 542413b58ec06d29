import { checkLogql } from '../../../src/telemetry/testing/check-logql.ts'
import { checkPromql, type KnownSeries } from '../../../test/support/promql.ts'
import { expandExpression, panelQueries } from './panel-queries.ts'

const anyHour = { from: new Date(0), to: new Date(3_600_000) }

/** What is wrong with the queries of a dashboard, in words: they cannot be read, or ask for what the code does not make. */
export const checkDashboard = (json: unknown, known: KnownSeries): string[] =>
  panelQueries(json).flatMap(({ where, language, text }) => {
    const expr = expandExpression(text, anyHour)
    const problems = language === 'promql' ? checkPromql(expr, known) : language === 'logql' ? checkLogql(expr) : []
    return problems.map(problem => `${where}: ${problem}`)
  })
