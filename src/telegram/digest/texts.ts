import type { Advice } from '../../analytics/advice.ts'
import { stageLabels } from '../../analytics/dictionary.ts'
import { count, percent } from '../../analytics/show.ts'
import { defuseLinks } from '../../assistant/links.ts'
import { texts as chatTexts } from '../chat/texts.ts'
import { counted } from '../wording.ts'

const usersText = (n: number): string => counted(n, ['человек', 'человека', 'человек'])
const days = (n: number): string => counted(n, ['день', 'дня', 'дней'])

/** «Дорого», as the button under a cart says. */
export function reasonName(reason: string): string {
  const known: Record<string, string> = chatTexts.ratingReasons
  return known[reason] ?? reason
}

export const texts = {
  title: (week: string, before: string | null) =>
    before === null ? `📬 Неделя ${week} (сравнить не с чем)` : `📬 Неделя ${week} против ${before}`,
  newUsers: 'Новых людей',
  active: 'активных',
  firstCarts: 'Первых корзин',
  gmv: 'GMV (оценка)',
  costPerCart: 'Модель на корзину',
  errors: 'Ошибки',
  missing: (queries: string, gmv: string | null) => `Не нашли: ${queries}${gmv === null ? '' : `; на кону до ${gmv}`}`,
  missingQuery: (query: string, users: number) => `«${defuseLinks(query)}» – ${usersText(users)}`,
  ratings: (down: number, all: number, reasons: string) =>
    `👎 ${count(down)} из ${counted(all, ['оценки', 'оценок', 'оценок'])}${reasons === '' ? '' : `: ${reasons}`}`,
  caps: (soft: number, hard: number) =>
    `Потолок расходов: ${[soft > 0 ? `мягкий ${days(soft)}` : '', hard > 0 ? `жёсткий ${days(hard)}` : ''].filter(Boolean).join(', ')}`,
  toDo: 'Дело на неделю',
}

/** What to do, in one line with the command that shows more. */
export function adviceText(advice: Advice): string {
  switch (advice.kind) {
    case 'hard cap':
      return `${days(advice.days)} людям отказывали из-за жёсткого потолка расходов – поднять его или удешевить ответы, /admin_money week`
    case 'soft cap':
      return `мягкий потолок расходов достигнут (${days(advice.days)}) – решить, поднимать ли его, /admin_money week`
    case 'errors':
      return `разобраться с ошибками (${percent(advice.share)} запросов), /admin_errors week`
    case 'cost':
      return 'выяснить, почему подорожала корзина, /admin_money week'
    case 'ratings':
      return advice.reason === null
        ? 'посмотреть корзины с 👎, причин люди не назвали'
        : `исправить то, за что ставят 👎: «${reasonName(advice.reason)}»`
    case 'missing':
      return `научить бота находить «${defuseLinks(advice.query)}» (не нашли ${usersText(advice.users)}), /admin_searches week`
    case 'fewer users':
      return 'новых людей стало меньше – опубликовать ссылку, /admin_link'
    case 'step':
      return `помочь на шаге «${stageLabels[advice.from]} → ${stageLabels[advice.to]}», дальше идут ${percent(advice.share)}, /admin_funnel week`
    case 'no users':
      return 'привести первых людей: опубликовать ссылку, /admin_link'
  }
}
