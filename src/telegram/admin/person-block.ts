import type { UserRecord } from '../../analytics/numbers.ts'
import { count, rub } from '../../analytics/show.ts'
import { type Html, html } from '../html.ts'
import { pmfLabels } from './blocks.ts'

/** One person's record, as far as the bot knows it: counters and dates, no name and no words. */
export function personBlock(person: UserRecord, timeZone: string, logPseudonym?: string): Html {
  const format = new Intl.DateTimeFormat('ru-RU', { timeZone, dateStyle: 'short', timeStyle: 'short' })
  const at = (date: Date | null) => (date === null ? 'нет' : format.format(date))
  const rows = [
    ['Знакомы с', at(person.registered_at)],
    ['/start', at(person.started_at)],
    ['Источник', person.source],
    ['Пригласил', person.invited_by === null ? 'никто' : String(person.invited_by)],
    ['Привёл', count(person.invited)],
    ['Сообщение', at(person.last_message_at)],
    ['Активных дней', count(person.active_days)],
    ['Сессий', count(person.sessions)],
    ['Сообщений', count(person.messages)],
    ['Поисков', count(person.searches)],
    ['Корзин', `${count(person.carts_created)} из ${count(person.cart_limit)}`],
    ['GMV (оценка)', rub(person.gmv)],
    ['LLM', `${count(person.tokens)} ток., ${rub(person.cost_rub)}`],
    ['Ошибок', count(person.errors)],
    ['Опрос', person.survey_completed_at === null ? 'нет' : at(person.survey_completed_at)],
    ['Расстроится', person.pmf === null ? '—' : pmfLabels[person.pmf]],
    [
      'Согласие',
      person.consent_withdrawn_at === null ? at(person.consent_at) : `отозвано ${at(person.consent_withdrawn_at)}`,
    ],
    ['Блокировка', person.blocked_at === null ? 'нет' : `${at(person.blocked_at)} ${person.block_reason ?? ''}`.trim()],
    ...(logPseudonym === undefined ? [] : [['В логах', logPseudonym]]),
  ]
  const lines = rows.map(([label, value]) => `${`${label}:`.padEnd(15)} ${value}`)
  return html`<b>👤 ${person.user_id}</b>\n\n<pre>${lines.join('\n')}</pre>`
}
