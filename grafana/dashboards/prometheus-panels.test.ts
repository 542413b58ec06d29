import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { stringify } from 'yaml'
import { startTestBot } from '../../test/support/bot.ts'
import { prometheusPrograms, runTool, startPrometheus } from '../../test/support/prometheus.ts'
import { dashboards } from './all.ts'
import { expandExpression, panelQueries } from './lib/panel-queries.ts'

const range = { from: new Date(Date.now() - 3_600_000), to: new Date() }
const queries = dashboards
  .flatMap(panelQueries)
  .filter(({ language }) => language === 'promql')
  .map(({ where, text }) => ({ where, expr: expandExpression(text, range) }))

/** `promtool check rules` of a file in which each expression is a recording rule of its own. */
function checkWithPromtool(expressions: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'panels-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const rules = expressions.map((expr, i) => ({ record: `panel:query:${i}`, expr }))
  writeFileSync(join(folder, 'panels.yml'), stringify({ groups: [{ name: 'panels', rules }] }))
  return runTool('promtool', ['check', 'rules', join(folder, 'panels.yml')])
}

describe.runIf(prometheusPrograms.wanted)(`with a real Prometheus${prometheusPrograms.note}`, () => {
  test('promtool takes every query of a panel', () => {
    const { ok, output } = checkWithPromtool(queries.map(({ expr }) => expr))

    expect(output).toContain(`${queries.length} rules found`)
    expect(ok).toBe(true)
  })

  test('promtool refuses what the grammar alone lets through', () => {
    const { ok, output } = checkWithPromtool(['rate(bot_updates_total)'])

    expect(output).toContain('expected type range vector')
    expect(ok).toBe(false)
  })

  test('a Prometheus that watches the bot answers every query, and those of what users did with series', async () => {
    const bot = await startTestBot()
    const user = bot.user(7)
    await user.join()
    await user.ask('молоко и хлеб', /Итого/)
    const prometheus = await startPrometheus({ targets: { bot: new URL(bot.metricsUrl).host } })
    await expect.poll(() => prometheus.query('bot_carts_total')).not.toEqual([])

    const answers = new Map<string, number>()
    for (const { where, expr } of queries) answers.set(where, (await prometheus.query(expr)).length)

    expect(answers.size).toBe(queries.length)
    const mustAnswer = [
      'Здоровье бота / Готовность / A',
      'Здоровье бота / Соединения с PostgreSQL / A',
      'Здоровье бота / События: ждут и потеряны / A',
      'Здоровье бота / Память / A',
      'Здоровье бота / Запуски и версии / A',
      'LLM / За сутки / B',
      'LLM / Очередь к модели / A',
      'Сверка / Что ещё в пути / A',
    ]
    expect(mustAnswer.filter(where => (answers.get(where) ?? 0) === 0)).toEqual([])
  })
})
