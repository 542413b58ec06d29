import { byId, el, icon } from './dom.js'
import { listen } from './sandbox-api.js'

const shown = 60
const clock = new Intl.DateTimeFormat('ru', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const day = new Intl.DateTimeFormat('ru', { day: 'numeric', month: 'short' })

const words = {
  organic: 'сам',
  referral: 'по приглашению',
  habr: 'с Хабра',
  vc: 'с vc.ru',
  telegram: 'из Telegram',
  search: 'по списку',
  recipe: 'по рецепту',
  budget: 'по бюджету',
  mixed: 'смешанная',
  very: 'очень огорчится',
  somewhat: 'немного огорчится',
  not: 'не огорчится',
}
const features = { search: 'поиск', recipe: 'рецепты', cart: 'корзина', other: 'другое' }

/** How each event looks: icon, hue, title, and what of its metadata says most. */
const looks = {
  bot_start: {
    icon: 'play',
    hue: 212,
    title: 'Пришёл в бот',
    facts: m => [
      words[m.source],
      m.is_new_user ? 'впервые' : 'снова',
      m.referrer_id === null ? '' : `позвал ${m.referrer_id}`,
    ],
  },
  session_start: {
    icon: 'clock',
    hue: 262,
    title: 'Начал разговор',
    facts: m => [`день ${m.day_number}`, `сегодня ${m.sessions_today}-й`],
  },
  product_search: {
    icon: 'search',
    hue: 190,
    title: 'Поиск продуктов',
    facts: m => [`«${m.query}»`, m.had_results ? `найдено ${m.results_count}` : 'ничего не найдено'],
  },
  cart_created: {
    icon: 'cart',
    hue: 150,
    title: 'Корзина собрана',
    facts: m => [
      m.revision > 0 ? `№ ${m.cart_number}, правка ${m.revision}` : `№ ${m.cart_number}`,
      `${m.items_count} поз.`,
      m.total_sum === null ? 'сумма неизвестна' : `${m.total_sum.toLocaleString('ru')} ₽`,
      words[m.scenario],
    ],
  },
  cart_limit_reached: {
    icon: 'stop',
    hue: 32,
    title: 'Корзины кончились',
    facts: m => [`${m.carts_used} из ${m.cart_limit}`, m.tier === 1 ? 'бесплатные' : 'уже с бонусом за опрос'],
  },
  survey_completed: {
    icon: 'star',
    hue: 48,
    title: 'Прошёл опрос',
    facts: m => [`без бота ${words[m.pmf]}`, `полезнее всего ${features[m.useful_feature]}`],
  },
  bot_error: { icon: 'faults', hue: 4, title: 'Сбой', facts: m => [m.error_type, m.error_message] },
}
/** A fact of a shape this page does not know yet. */
const plain = { icon: 'dot', hue: 220, title: 'Событие', facts: m => Object.entries(m).map(([k, v]) => `${k}: ${v}`) }

/** The last business events, newest on top; `onNew` is called for each that arrives live. */
export function createEventsPanel({ nameOf, onNew }) {
  const list = byId('events')
  const empty = byId('events-empty')
  const known = new Set()

  const card = event => {
    const look = looks[event.event_type] ?? plain
    const at = new Date(event.created_at)
    const isToday = at.toDateString() === new Date().toDateString()
    const facts = look.facts(event.metadata).filter(Boolean)
    const who = nameOf(event.user_id)
    const item = el(
      'li',
      { class: 'event' },
      el('span', { class: 'event-icon' }, icon(look.icon)),
      el('p', { class: 'event-title' }, look.title),
      el(
        'time',
        { class: 'event-time', dateTime: at.toISOString() },
        `${isToday ? '' : `${day.format(at)}, `}${clock.format(at)}`,
      ),
      el('p', { class: 'event-who' }, who ? `${who} · ${event.user_id}` : String(event.user_id)),
      el('p', { class: 'facts' }, ...facts.map(fact => el('span', { class: 'fact' }, String(fact)))),
      el('p', { class: 'event-type' }, event.event_type, event.request_id ? ` · ${event.request_id}` : ''),
    )
    item.style.setProperty('--hue', String(look.hue))
    return item
  }
  const add = event => {
    if (known.has(event.id)) return false
    known.add(event.id)
    list.prepend(card(event))
    while (list.children.length > shown) list.lastElementChild.remove()
    empty.hidden = true
    return true
  }
  const explain = words => {
    empty.textContent = words
    empty.hidden = list.children.length > 0
  }

  return {
    start(hasEvents) {
      if (!hasEvents)
        return explain(
          'Бот работает отдельной программой, и его события отсюда не видны: смотрите их в базе или в Grafana.',
        )
      explain('Пока пусто. Напишите боту — и первая запись появится здесь.')
      listen('events', {
        snapshot: events => {
          list.setAttribute('aria-busy', 'true')
          for (const event of events) add(event)
          list.removeAttribute('aria-busy')
        },
        event: event => {
          if (!add(event)) return
          list.firstElementChild.classList.add('fresh')
          onNew()
        },
      })
    },
  }
}
