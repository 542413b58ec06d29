import { choiceVariable, dashboard } from './lib/dashboard.ts'
import { daySeries } from './lib/days.ts'
import { features, pmf, sources, stages } from './lib/labels.ts'
import { bars, lines, words } from './lib/panels.ts'
import { labelled, period, sqlTable } from './lib/queries.ts'
import { table } from './lib/tables.ts'

const sourceOfUsers = `nullif(\${source:sqlstring}, 'all')`
const funnelOf = (columns: string) =>
  sqlTable(`select ${columns} from analytics.funnel_changes(${period}, ${sourceOfUsers}) order by step`)
const stage = `${labelled('stage', stages)} as "Этап"`
const stageWithUsers = `${labelled('stage', stages)} || ' · ' || analytics.show_number(users, 'count') as "Этап"`
const until = `analytics.local_date($__timeTo()::timestamptz)`
const percent = (sql: string) => `analytics.show_number(${sql}, 'percent')`

export const funnel = dashboard({
  uid: 'bot-funnel',
  title: 'Воронка',
  description: 'Как далеко доходят люди, начавшие в выбранные дни, где останавливаются и чего не находят.',
  range: 'days',
  variables: [choiceVariable('source', 'Источник', sources)],
  rows: [
    {
      title: 'Всё ли хорошо',
      panels: ['message', 'search', 'cart'].map(one =>
        words({
          title: { message: 'Написали после /start', search: 'Дошли до поиска', cart: 'Собрали корзину' }[one] ?? one,
          description:
            'Доля дошедших с предыдущего этапа и её изменение к такому же периоду до него: ▲ больше, ▼ меньше, ≈ в пределах шума.',
          unit: 'text',
          queries: [
            sqlTable(
              `select ${percent('of_previous')} || analytics.brief_change(change) as "Значение" from analytics.funnel_changes(${period}, ${sourceOfUsers}) where stage = '${one}'`,
            ),
          ],
        }),
      ),
    },
    {
      title: 'Шесть этапов',
      panels: [
        bars({
          title: 'Дошли до этапа',
          description:
            'Люди с /start в периоде, сделавшие каждый шаг после предыдущего, и те, кто до него не дошёл. Источник: первый /start.',
          unit: 'count',
          by: 'Этап',
          stacked: true,
          queries: [
            funnelOf(`${stageWithUsers}, users as "Людей", lag(users) over (order by step) - users as "Не дошли"`),
          ],
        }),
        table({
          title: 'Конверсия и потери',
          description:
            'Доля от предыдущего этапа, доля от начавших, сколько людей дальше не пошли, и то же за такой же период до него.',
          unit: 'count',
          width: 12,
          queries: [
            funnelOf(
              `${stage}, users as "Людей", 100 * of_previous as "От пред.", 100 * of_first as "От нач.", lost as "Ушли", before as "Раньше", change as "Изменение"`,
            ),
          ],
          overrides: [
            {
              of: 'От пред.',
              unit: 'percent',
              thresholds: [null, 'transparent', 0, 'red', 30, 'orange', 60, 'green'],
              coloured: true,
            },
            { of: 'От нач.', unit: 'percent' },
            { of: 'Этап', width: 105 },
            { of: 'Изменение', width: 150 },
          ],
        }),
        lines({
          title: 'Конверсия активных в корзину',
          description:
            'Доля людей с сессией в этот день, собравших в этот день хотя бы одну корзину. По всем источникам. Точками: день ещё идёт.',
          unit: 'percent',
          thresholds: [null, 'red', 20, 'green'],
          queries: [daySeries([{ name: 'С корзиной', sql: '100 * conversion' }])],
        }),
        lines({
          title: 'Возвращаются',
          description: 'Доля новых людей дня, вернувшихся через 1 и 7 дней. Точки нет, пока этот день не прошёл.',
          unit: 'percent',
          queries: [
            daySeries(
              [
                { name: 'D1', sql: '100 * d1' },
                { name: 'D7', sql: '100 * d7' },
              ],
              { from: `analytics.retention_shares(${period})`, day: 'day' },
            ),
          ],
        }),
      ],
    },
    {
      title: 'Чего хотят',
      panels: [
        table({
          title: 'Что ищут',
          description: 'Запросы к поиску, которые задали хотя бы трое разных людей. Пусто: поиск ничего не нашёл.',
          unit: 'count',
          width: 12,
          queries: [
            sqlTable(
              `select query as "Запрос", searches as "Поисков", users as "Людей", empty as "Пусто" from analytics.searches(${period}) order by searches desc, query limit 50`,
            ),
          ],
          overrides: [
            { of: 'Запрос', width: 240 },
            { of: 'Пусто', thresholds: [null, 'transparent', 1, 'orange'], coloured: true },
          ],
        }),
        table({
          title: 'Чего не находят',
          description: 'Те же запросы, у которых поиск оставался пустым, чаще всего пустые сверху.',
          unit: 'count',
          width: 12,
          queries: [
            sqlTable(
              `select query as "Запрос", empty as "Пусто", searches as "Поисков", users as "Людей" from analytics.searches(${period}) where empty > 0 order by empty desc, query limit 50`,
            ),
          ],
          overrides: [{ of: 'Запрос', width: 240 }],
        }),
        words({
          title: 'PMF',
          description:
            'Доля «очень расстроюсь» среди знающих бота, с 95%-м интервалом и числом ответов n. Нужный продукт: 40 % и больше; при n < 30 это наблюдение, не вывод.',
          unit: 'text',
          width: 12,
          queries: [
            sqlTable(
              `select ${percent('share')} || ' (' || ${percent('low')} || ' – ' || ${percent('high')} || '), n = ' || answers as "Значение" from analytics.pmf(${until})`,
            ),
          ],
        }),
        words({
          title: 'Довольны корзинами',
          description:
            'Доля 👍 среди оценённых корзин периода, с 95%-м интервалом и числом оценок n. Оценивают немногие: смотрите на n.',
          unit: 'text',
          width: 12,
          queries: [
            sqlTable(
              `select ${percent('r.up / r.n')} || ' (' || ${percent('w.low')} || ' – ' || ${percent('w.high')} || '), n = ' || r.n as "Значение" from (select coalesce(sum(carts) filter (where rating = 'up'), 0) as up, nullif(sum(carts), 0) as n from analytics.cart_ratings(${period})) r, analytics.wilson_interval(r.up, r.n) w`,
            ),
          ],
        }),
        table({
          title: 'Если бот исчезнет (опрос)',
          description:
            'Ответы до конца периода. PMF считают по тем, у кого было две корзины и сессия за 30 дней до ответа. Остальные показаны отдельно.',
          unit: 'count',
          width: 12,
          queries: [
            sqlTable(
              `select ${labelled('pmf', pmf)} as "Ответ", coalesce(sum(answers) filter (where in_pmf), 0) as "Людей", coalesce(sum(answers) filter (where not in_pmf), 0) as "Вне PMF" from analytics.survey(${until}) group by pmf order by 2 desc`,
            ),
          ],
          overrides: [{ of: 'Ответ', width: 180 }],
        }),
        table({
          title: 'Оценки корзин по версии промпта',
          description: 'Доля 👍 среди оценённых корзин периода, по версии промпта, которая корзину собрала.',
          unit: 'count',
          width: 12,
          queries: [
            sqlTable(
              `select coalesce(prompt_version, 'не известна') as "Версия", sum(carts) as "Оценок", 100 * coalesce(sum(carts) filter (where rating = 'up'), 0) / sum(carts) as "Доля 👍" from analytics.cart_ratings(${period}) group by prompt_version order by 2 desc`,
            ),
          ],
          overrides: [{ of: 'Доля 👍', unit: 'percent' }],
        }),
        bars({
          title: 'Самое полезное (опрос)',
          description: 'Что назвали самым полезным все, кто прошёл опрос до конца периода.',
          unit: 'count',
          by: 'Что',
          width: 24,
          height: 7,
          queries: [
            sqlTable(
              `select ${labelled('useful_feature', features)} as "Что", sum(answers) as "Людей" from analytics.survey(${until}) group by useful_feature order by 2 desc`,
            ),
          ],
        }),
      ],
    },
  ],
})
