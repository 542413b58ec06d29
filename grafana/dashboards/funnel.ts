import { choiceVariable, dashboard } from './lib/dashboard.ts'
import { features, pmf, sources, stages } from './lib/labels.ts'
import { bars, lines, table } from './lib/panels.ts'
import { labelled, period, sqlSeries, sqlTable } from './lib/queries.ts'

const funnelOf = (columns: string) =>
  sqlTable(
    `select ${columns} from analytics.funnel_shares(${period}, nullif(\${source:sqlstring}, 'all')) order by step`,
  )
const stage = `${labelled('stage', stages)} as "Этап"`
const survey = `analytics.survey(analytics.local_date($__timeTo()::timestamptz))`

export const funnel = dashboard({
  uid: 'bot-funnel',
  title: 'Воронка',
  description: 'Как далеко доходят люди, начавшие в выбранные дни, где останавливаются и чего не находят.',
  range: 'days',
  variables: [choiceVariable('source', 'Источник', sources)],
  rows: [
    {
      title: 'Шесть этапов',
      panels: [
        bars({
          title: 'Дошли до этапа',
          description: 'Люди с /start в периоде, сделавшие каждый шаг после предыдущего. Источник: первый /start.',
          unit: 'short',
          by: 'Этап',
          empty: 'никто не начинал',
          queries: [funnelOf(`${stage}, users as "Людей"`)],
        }),
        table({
          title: 'Конверсия и потери',
          description: 'Доля от предыдущего этапа, доля от начавших и сколько людей дальше не пошли.',
          unit: 'short',
          width: 12,
          empty: 'никто не начинал',
          queries: [
            funnelOf(
              `${stage}, users as "Людей", of_previous as "От предыдущего", of_first as "От начала", lost as "Остановились"`,
            ),
          ],
          overrides: [
            {
              of: 'От предыдущего',
              unit: 'percentunit',
              decimals: 1,
              thresholds: [null, 'red', 0.3, 'orange', 0.6, 'green'],
              coloured: true,
            },
            { of: 'От начала', unit: 'percentunit', decimals: 1 },
          ],
        }),
        lines({
          title: 'Конверсия активных в корзину',
          description:
            'Доля людей с сессией в этот день, собравших в этот день хотя бы одну корзину. По всем источникам.',
          unit: 'percentunit',
          thresholds: [null, 'red', 0.2, 'green'],
          max: 1,
          queries: [sqlSeries(`select "time", conversion as "С корзиной" from analytics.day_numbers(${period})`)],
        }),
        lines({
          title: 'Возвращаются',
          description: 'Доля новых людей дня, вернувшихся через 1 и 7 дней. Точки нет, пока этот день не прошёл.',
          unit: 'percentunit',
          max: 1,
          queries: [sqlSeries(`select "time", d1 as "D1", d7 as "D7" from analytics.retention_shares(${period})`)],
        }),
      ],
    },
    {
      title: 'Чего хотят',
      panels: [
        table({
          title: 'Что ищут',
          description: 'Запросы к поиску, которые задали хотя бы трое разных людей. Пусто: поиск ничего не нашёл.',
          unit: 'short',
          width: 12,
          empty: 'ни один запрос не задали трое',
          queries: [
            sqlTable(
              `select query as "Запрос", searches as "Поисков", users as "Людей", empty as "Пусто" from analytics.searches(${period}) order by searches desc, query limit 50`,
            ),
          ],
          overrides: [{ of: 'Пусто', thresholds: [null, 'transparent', 1, 'orange'], coloured: true }],
        }),
        table({
          title: 'Чего не находят',
          description: 'Те же запросы, у которых поиск оставался пустым, чаще всего пустые сверху.',
          unit: 'short',
          width: 12,
          empty: 'всё находится',
          queries: [
            sqlTable(
              `select query as "Запрос", empty as "Пусто", searches as "Поисков", users as "Людей" from analytics.searches(${period}) where empty > 0 order by empty desc, query limit 50`,
            ),
          ],
        }),
        table({
          title: 'Если бот исчезнет (опрос)',
          description:
            'Ответы до конца периода. PMF считают по тем, у кого было две корзины и сессия за 30 дней до ответа: 40 % «очень» – признак нужного продукта. Остальные показаны отдельно.',
          unit: 'short',
          width: 12,
          empty: 'опрос ещё никто не прошёл',
          queries: [
            sqlTable(
              `select ${labelled('pmf', pmf)} as "Ответ", coalesce(sum(answers) filter (where in_pmf), 0) as "Людей", coalesce(sum(answers) filter (where not in_pmf), 0) as "Вне PMF" from ${survey} group by pmf order by 2 desc`,
            ),
          ],
        }),
        table({
          title: 'Оценки корзин',
          description:
            'Доля 👍 среди оценённых корзин периода, по версии промпта. Оценивают немногие: смотрите на число оценок.',
          unit: 'short',
          width: 12,
          empty: 'корзины ещё никто не оценил',
          queries: [
            sqlTable(
              `select coalesce(prompt_version, 'не известна') as "Версия", sum(carts) as "Оценок", sum(carts) filter (where rating = 'up') / sum(carts) as "Доля 👍" from analytics.cart_ratings(${period}) group by prompt_version order by 2 desc`,
            ),
          ],
          overrides: [{ of: 'Доля 👍', unit: 'percentunit' }],
        }),
        bars({
          title: 'Самое полезное (опрос)',
          description: 'Что назвали самым полезным все, кто прошёл опрос до конца периода.',
          unit: 'short',
          by: 'Что',
          empty: 'опрос ещё никто не прошёл',
          queries: [
            sqlTable(
              `select ${labelled('useful_feature', features)} as "Что", sum(answers) as "Людей" from ${survey} group by useful_feature order by 2 desc`,
            ),
          ],
        }),
      ],
    },
  ],
})
