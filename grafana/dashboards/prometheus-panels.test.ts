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
      'LLM / Ждут модели / A',
      'LLM / Очередь к модели / A',
      'Сверка / Что ещё в пути / A',
    ]
    expect(mustAnswer.filter(where => (answers.get(where) ?? 0) === 0)).toEqual([])
  })

  test('the time since a service is as it is: the last moment when it was not, or the first that is known', () => {
    const folder = mkdtempSync(join(tmpdir(), 'panels-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const since = queries.find(({ where }) => where === 'Здоровье бота / Готовность / B')
    const samples = (check: string, value: number) => ({ labels: `{check="${check}"}`, value: value * 1000 })
    writeFileSync(join(folder, 'rules.yml'), stringify({ groups: [] }))
    writeFileSync(
      join(folder, 'tests.yml'),
      stringify({
        rule_files: ['rules.yml'],
        evaluation_interval: '1m',
        tests: [
          {
            interval: '1m',
            input_series: [
              { series: 'bot_ready{check="telegram", env="test"}', values: '1 1 0 0 1 1 1' },
              { series: 'bot_ready{check="postgres", env="test"}', values: '1 1 1 1 1 0 0' },
              { series: 'up{job="loki"}', values: '_ 1 1 1 1 1 1' },
            ],
            promql_expr_test: [
              {
                expr: since?.expr,
                eval_time: '6m',
                exp_samples: [samples('telegram', 180), samples('postgres', 240), samples('job loki', 60)],
              },
            ],
          },
        ],
      }),
    )

    const { ok, output } = runTool('promtool', ['test', 'rules', join(folder, 'tests.yml')])

    expect(output).toContain('SUCCESS')
    expect(ok).toBe(true)
  })
})
