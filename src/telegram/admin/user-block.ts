import type { UserRecord } from '../../analytics/numbers.ts'
import { count, rub } from '../../analytics/show.ts'
import { type Html, html } from '../html.ts'
import { pmfLabels } from './blocks.ts'

/** One user's record as the bot knows it: counters and dates, no name and no text of messages. */
export function userBlock(user: UserRecord, timeZone: string, logPseudonym?: string): Html {
  const format = new Intl.DateTimeFormat('ru-RU', { timeZone, dateStyle: 'short', timeStyle: 'short' })
  const at = (date: Date | null) => (date === null ? 'нет' : format.format(date))
  const rows = [
    ['Знакомы с', at(user.registered_at)],
    ['/start', at(user.started_at)],
    ['Источник', user.source],
    ['Пригласил', user.invited_by === null ? 'никто' : String(user.invited_by)],
    ['Привёл', count(user.invited)],
    ['Сообщение', at(user.last_message_at)],
    ['Активных дней', count(user.active_days)],
    ['Сессий', count(user.sessions)],
    ['Сообщений', count(user.messages)],
    ['Поисков', count(user.searches)],
    ['Корзин', `${count(user.carts_created)} из ${count(user.cart_limit)}`],
    ['GMV (оценка)', rub(user.gmv)],
    ['Модель', `${count(user.tokens)} ток., ${rub(user.cost_rub)}`],
    ['Ошибок', count(user.errors)],
    ['Опрос', user.survey_completed_at === null ? 'нет' : at(user.survey_completed_at)],
    ['Расстроится', user.pmf === null ? '—' : pmfLabels[user.pmf]],
    [
      'Согласие',
      user.consent_withdrawn_at === null ? at(user.consent_at) : `отозвано ${at(user.consent_withdrawn_at)}`,
    ],
    ['Блокировка', user.blocked_at === null ? 'нет' : `${at(user.blocked_at)} ${user.block_reason ?? ''}`.trim()],
    ...(logPseudonym === undefined ? [] : [['В логах', logPseudonym]]),
  ]
  const lines = rows.map(([label, value]) => `${`${label}:`.padEnd(15)} ${value}`)
  return html`<b>👤 ${user.user_id}</b>\n\n<pre>${lines.join('\n')}</pre>`
}
